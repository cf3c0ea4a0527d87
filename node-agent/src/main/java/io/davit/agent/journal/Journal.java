package io.davit.agent.journal;

import io.davit.agent.journal.JournalRecord.Acknowledged;
import io.davit.agent.journal.JournalRecord.Done;
import io.davit.agent.journal.JournalRecord.Intent;
import io.davit.agent.journal.JournalRecord.Reign;
import io.davit.common.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The agent's memory of its work: one append-only file, each record on the disk before the method
 * that wrote it returns.
 *
 * <ol>
 *   <li>A record is one line with a checksum, appended and fsynced.
 *   <li>On opening all lines are read in order. A damaged last line is what a crash left of a write
 *       that nobody was told of: it is cut off. A damaged line before that means that the disk lost
 *       something it had promised to keep: opening fails.
 *   <li>What no longer matters (ended and acknowledged, but for the newest {@value #REMEMBERED}) is
 *       left out when the file is written anew, on opening and whenever it has grown.
 *   <li>If a record cannot be written, the journal takes no other: the caller stops working.
 * </ol>
 *
 * <p>Guarantees: whatever was recorded is found again, once, in order; nothing is found that was
 * not recorded.
 */
public final class Journal implements AutoCloseable {

    /** Acknowledged results that are remembered, so that a repeated step is not done again. */
    static final int REMEMBERED = 256;

    private static final long COMPACT_AT_BYTES = 1024 * 1024;

    private final Path file;
    private final Map<StepKey, Intent> begun = new LinkedHashMap<>();
    private final Map<StepKey, Done> waiting = new LinkedHashMap<>();
    private final Map<StepKey, Done> acknowledged = new LinkedHashMap<>();
    private Reign reign = Reign.NONE;
    private FileChannel channel;
    private long compactAt = COMPACT_AT_BYTES;
    private boolean broken;

    private Journal(Path file, List<JournalRecord> records) throws IOException {
        this.file = file;
        records.forEach(this::remember);
        writeAnew();
        this.channel = openForAppend();
    }

    /**
     * Opens or creates the journal.
     *
     * @throws CorruptJournalException if a record before the last one is damaged
     */
    public static Journal open(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        return new Journal(file, Files.exists(file) ? read(file) : List.of());
    }

    private static List<JournalRecord> read(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        var records = new ArrayList<JournalRecord>();
        int start = 0;
        int number = 1;
        while (start < content.length) {
            int end = start;
            while (end < content.length && content[end] != '\n') {
                end++;
            }
            boolean last = end >= content.length - 1;
            boolean complete = end < content.length;
            String line = new String(content, start, end - start, StandardCharsets.UTF_8);
            var record = complete ? RecordLine.read(line) : Optional.<JournalRecord>empty();
            if (record.isPresent()) {
                records.add(record.get());
            } else if (!last) {
                throw new CorruptJournalException(
                        ("cannot read journal %s: record %d is damaged and others follow it; what"
                                        + " was done is not known. Move the file away after looking"
                                        + " at the host, then start the agent again")
                                .formatted(file, number));
            }
            start = end + 1;
            number++;
        }
        return records;
    }

    /** Records that a step is about to be applied. */
    public synchronized void begin(Intent intent) throws IOException {
        append(intent);
    }

    /** Records how a step ended. Its result waits here until it is acknowledged. */
    public synchronized void end(Done done) throws IOException {
        append(done);
    }

    /** Records that the controller has a result; nothing happens if none waits. */
    public synchronized void acknowledge(StepKey key) throws IOException {
        if (waiting.containsKey(key)) {
            append(new Acknowledged(key));
        }
    }

    /**
     * Records a reign, if it is higher than the one that stands here, or tells the id of one that
     * gave none before. One that the recorded reign excludes is not taken over.
     */
    public synchronized void reign(Reign other) throws IOException {
        boolean same = other.epoch() == reign.epoch() && !reign.excludes(other.epoch(), other.id());
        if (other.epoch() > reign.epoch()
                || same && other.operationSequence() > reign.operationSequence()) {
            append(other);
        } else if (same && !other.id().equals(reign.id())) {
            append(new Reign(reign.epoch(), reign.operationSequence(), other.id()));
        }
    }

    /**
     * Forgets which reign was obeyed, epoch and id, so that any controller's is taken over; a
     * person's decision.
     */
    public synchronized void forgetReign() throws IOException {
        append(Reign.NONE);
    }

    /** The highest reign that was obeyed; of epoch 0 before the first. */
    public synchronized Reign reign() {
        return reign;
    }

    /** Steps that were begun and did not end, in order. */
    public synchronized List<Intent> unfinished() {
        return List.copyOf(begun.values());
    }

    /** Results that wait for their acknowledgement, oldest first. */
    public synchronized List<Done> unacknowledged() {
        return List.copyOf(waiting.values());
    }

    /** How this step ended, if that is still remembered. */
    public synchronized Optional<Done> result(StepKey key) {
        Done done = waiting.get(key);
        return Optional.ofNullable(done != null ? done : acknowledged.get(key));
    }

    private void append(JournalRecord record) throws IOException {
        if (broken) {
            throw new IOException(
                    "cannot write journal " + file + ": an earlier write to it failed");
        }
        try {
            writeFully(channel, RecordLine.write(record));
            channel.force(false);
            remember(record);
            if (channel.size() > compactAt) {
                channel.close();
                writeAnew();
                channel = openForAppend();
                compactAt = Math.max(COMPACT_AT_BYTES, 2 * channel.size());
            }
        } catch (IOException e) {
            broken = true;
            throw new IOException("cannot write journal " + file + ": " + e.getMessage(), e);
        }
    }

    private void remember(JournalRecord record) {
        switch (record) {
            case Intent intent -> begun.put(intent.key(), intent);
            case Done done -> {
                begun.remove(done.key());
                waiting.put(done.key(), done);
            }
            case Acknowledged ended -> {
                Done done = waiting.remove(ended.key());
                if (done != null) {
                    acknowledged.put(ended.key(), done);
                    if (acknowledged.size() > REMEMBERED) {
                        acknowledged.remove(acknowledged.keySet().iterator().next());
                    }
                }
            }
            case Reign higher -> reign = higher;
        }
    }

    private void writeAnew() throws IOException {
        var text = new StringBuilder();
        text.append(RecordLine.write(reign));
        acknowledged.forEach((key, done) -> {
            text.append(RecordLine.write(done));
            text.append(RecordLine.write(new Acknowledged(key)));
        });
        waiting.values().forEach(done -> text.append(RecordLine.write(done)));
        begun.values().forEach(intent -> text.append(RecordLine.write(intent)));
        AtomicFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8), 0600);
    }

    private FileChannel openForAppend() throws IOException {
        return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    private static void writeFully(FileChannel channel, String line) throws IOException {
        var buffer = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        channel.close();
    }
}
