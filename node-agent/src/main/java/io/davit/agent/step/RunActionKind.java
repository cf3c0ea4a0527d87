package io.davit.agent.step;

import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Action;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.Command;
import io.davit.agent.system.LocalSocket;
import io.davit.agent.system.Printable;
import io.davit.common.Names;
import io.davit.proto.agent.v1.RunAction;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** A command of the profile, its arguments held to their grammars. */
final class RunActionKind implements StepKind {

    private static final int ANSWER_LIMIT = 64 * 1024;
    private static final Duration POLL = Duration.ofMillis(200);

    @Override
    public boolean always() {
        return true;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, InterruptedException {
        Action action = action(step.getRunAction(), profile);
        if (action instanceof Action.UnixSocketLine line && line.done().isPresent()) {
            return check(line, line.done().get(), step.getRunAction().getArgsMap(), host);
        }
        if (action instanceof Action.NodeTask) {
            String node = step.getRunAction().getArgsOrDefault("name", "");
            return Finding.Different.of(
                    "would ask the API server here, for node " + node, List.of());
        }
        return new Finding.Unclear("action " + action.name() + " has no check of its own");
    }

    private static Action action(RunAction run, Profile profile) throws StepEnded {
        Action action =
                profile.action(run.getAction())
                        .orElseThrow(() ->
                                StepEnded.failed(
                                        "cannot run \"%s\": role %s has no such action"
                                                .formatted(
                                                        Names.printable(run.getAction()),
                                                        profile.role())));
        if (!action.arguments().keySet().equals(run.getArgsMap().keySet())) {
            throw StepEnded.failed(
                    "cannot run %s: arguments %s are needed"
                            .formatted(action.name(), action.arguments().keySet()));
        }
        for (Map.Entry<String, String> argument : run.getArgsMap().entrySet()) {
            Pattern grammar = action.arguments().get(argument.getKey());
            if (grammar == null || !grammar.matcher(argument.getValue()).matches()) {
                throw StepEnded.failed(
                        "cannot run %s: argument %s is \"%s\""
                                .formatted(
                                        action.name(),
                                        argument.getKey(),
                                        Names.printable(argument.getValue())));
            }
        }
        return action;
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        Map<String, String> arguments = step.getRunAction().getArgsMap();
        Action action = action(step.getRunAction(), profile);
        if (action instanceof Action.NodeTask node) {
            return new NodeActions(work, arguments).run(node, arguments);
        }
        Duration deadline = work.left(action.deadline());
        String answer =
                switch (action) {
                    case Action.Argv argv -> run(argv, arguments, deadline, work);
                    case Action.UnixSocketLine line -> told(line, arguments, deadline, work);
                    case Action.NodeTask _ ->
                            throw new IllegalStateException("a node's task is done above");
                    case Action.LoopbackHttp http ->
                            within(deadline, action, () -> request(http, arguments, deadline));
                };
        String first = answer.strip().lines().findFirst().orElse("");
        return Optional.of(
                "ran "
                        + action.name()
                        + (first.isEmpty() ? "" : ": " + Printable.line(first, 200)));
    }

    private static Finding check(
            Action.UnixSocketLine action,
            Action.Question question,
            Map<String, String> arguments,
            ReadOnlyHost host)
            throws InterruptedException {
        try {
            String answer = host.ask(action.socket(), question, action.deadline());
            return found(question, arguments, answer)
                    ? new Finding.Same()
                    : Finding.Different.of(
                            "would tell it: " + filled(action.line(), arguments), List.of());
        } catch (IOException e) {
            return new Finding.Unclear(String.valueOf(e.getMessage()));
        }
    }

    private static boolean found(
            Action.Question question, Map<String, String> arguments, String answer) {
        Map<String, String> quoted = new TreeMap<>();
        arguments.forEach((name, value) -> quoted.put(name, Pattern.quote(value)));
        return Pattern.compile(filled(question.answer(), quoted), Pattern.MULTILINE)
                .matcher(answer)
                .find();
    }

    private static String told(
            Action.UnixSocketLine action,
            Map<String, String> arguments,
            Duration deadline,
            Work work)
            throws StepEnded, InterruptedException {
        try {
            String answer =
                    LocalSocket.ask(
                            work.system().files().resolve(action.socket()),
                            filled(action.line(), arguments),
                            deadline);
            if (action.done().isPresent() && !answer.isBlank()) {
                throw StepEnded.failed(
                        "cannot run %s: %s"
                                .formatted(action.name(), Printable.line(answer.strip(), 200)));
            }
            return action.settled().isPresent()
                    ? settle(action, action.settled().get(), arguments, deadline, work)
                    : answer;
        } catch (IOException e) {
            throw StepEnded.failed("cannot run " + action.name() + ": " + e.getMessage());
        }
    }

    private static String settle(
            Action.UnixSocketLine action,
            Action.Settled settled,
            Map<String, String> arguments,
            Duration deadline,
            Work work)
            throws IOException, InterruptedException {
        Path socket = work.system().files().resolve(action.socket());
        Duration waited = Duration.ZERO;
        while (waited.compareTo(settled.most()) < 0) {
            String answer = LocalSocket.ask(socket, settled.question().line(), deadline);
            if (found(settled.question(), arguments, answer)) {
                return "";
            }
            work.pause(POLL);
            waited = waited.plus(POLL);
        }
        return "not settled after " + settled.most().toSeconds() + " s";
    }

    private static String filled(String template, Map<String, String> arguments) {
        String text = template;
        for (Map.Entry<String, String> argument : arguments.entrySet()) {
            text = text.replace("{{" + argument.getKey() + "}}", argument.getValue());
        }
        return text;
    }

    private static String run(
            Action.Argv action, Map<String, String> arguments, Duration deadline, Work work)
            throws StepEnded, IOException, InterruptedException {
        var argv = action.argv().stream().map(word -> filled(word, arguments)).toList();
        var finished = work.system().processes().run(Command.of(deadline, argv));
        if (!finished.ok()) {
            throw StepEnded.failed("cannot run " + action.name() + ": " + finished.cause());
        }
        return finished.stdout();
    }

    private interface Asking {
        String ask() throws IOException, StepEnded;
    }

    private static String within(Duration deadline, Action action, Asking asking)
            throws StepEnded, IOException, InterruptedException {
        try (var thread = Executors.newVirtualThreadPerTaskExecutor()) {
            var answer = thread.submit(asking::ask);
            try {
                return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                answer.cancel(true);
                throw StepEnded.failed(
                        "cannot run " + action.name() + ": no answer before the deadline");
            } catch (ExecutionException e) {
                if (e.getCause() instanceof StepEnded ended) {
                    throw ended;
                }
                throw StepEnded.failed("cannot run " + action.name() + ": " + e.getMessage());
            }
        }
    }

    private static String request(
            Action.LoopbackHttp action, Map<String, String> arguments, Duration deadline)
            throws IOException, StepEnded {
        URI uri =
                URI.create("http://127.0.0.1:" + action.port() + filled(action.path(), arguments));
        var connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout((int) deadline.toMillis());
        connection.setReadTimeout((int) deadline.toMillis());
        connection.setRequestMethod(action.method());
        try {
            int status = connection.getResponseCode();
            if (status >= 300) {
                throw StepEnded.failed(
                        "cannot run %s: it answered %d".formatted(action.name(), status));
            }
            try (var body = connection.getInputStream()) {
                return new String(body.readNBytes(ANSWER_LIMIT), StandardCharsets.UTF_8);
            }
        } finally {
            connection.disconnect();
        }
    }
}
