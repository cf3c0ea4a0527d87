package io.davit.agent.system;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers that a test writes down; whatever it does not know is refused, as without a server. */
public final class FakeKubeApi implements KubeApi {

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private volatile @Nullable Function<Request, Answer> server;
    private final List<Request> sent = Collections.synchronizedList(new ArrayList<>());

    /**
     * From now on.
     *
     * @param request "GET /readyz?verbose"
     */
    public void answer(String request, int status, String body) {
        answers.put(request, new Answer(status, body));
    }

    /** From now on all requests are answered so that have no answer of their own. */
    public void answerBy(Function<Request, Answer> server) {
        this.server = server;
    }

    /** Everything that was asked, in order. */
    public List<Request> sent() {
        return List.copyOf(sent);
    }

    @Override
    public Answer send(Request request, Duration deadline) throws IOException {
        sent.add(request);
        var answer = answers.get(request.method() + " " + request.path());
        if (answer != null) {
            return answer;
        }
        var now = server;
        if (now == null) {
            throw new IOException("connection refused");
        }
        return now.apply(request);
    }
}
