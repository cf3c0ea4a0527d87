package io.davit.agent.observe;

import io.davit.agent.journal.Ledger;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Something that a step would have done: what later checks must see. */
public sealed interface Effect {

    /** A file; without content where that is not known before the step is really done. */
    record FilePlaced(String path, int mode, String owner, String group, Optional<byte[]> content)
            implements Effect {}

    /** A slot, by its digests; its content may be unknown here. */
    record SlotWritten(String slot, String digest, String restartDigest) implements Effect {}

    /** A new certificate and key. */
    record CertificateIssued(String slot) implements Effect {}

    record DirectoryMade(String path, int mode, String owner, String group) implements Effect {}

    record LinkMade(String path, String target) implements Effect {}

    /** This path and everything below it is gone. */
    record Gone(String path) implements Effect {}

    record UserMade(String name) implements Effect {}

    record UnitUp(String unit) implements Effect {}

    record UnitDown(String unit) implements Effect {}

    record LedgerChanged(UnaryOperator<Ledger> change) implements Effect {}
}
