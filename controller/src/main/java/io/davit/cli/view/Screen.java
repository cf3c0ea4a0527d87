package io.davit.cli.view;

import java.util.Optional;

/** Where a picture is drawn. */
public interface Screen {

    /** Columns and rows. */
    record Size(int columns, int rows) {

        /** What a terminal that does not tell its size is taken for. */
        public static final Size USUAL = new Size(80, 24);
    }

    /** How large it is now; empty: only lines can be written to it. */
    Optional<Size> size();

    /** It shows colours, and the person wants them. */
    boolean colour();
}
