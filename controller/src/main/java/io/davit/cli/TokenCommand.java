package io.davit.cli;

import com.google.protobuf.util.Durations;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.CreateTokenResponse;
import io.davit.proto.operator.v1.ListTokensRequest;
import io.davit.proto.operator.v1.ListTokensResponse;
import io.davit.proto.operator.v1.RevokeTokenRequest;
import io.davit.proto.operator.v1.RevokeTokenResponse;
import io.davit.proto.operator.v1.Token;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tokens by which machines become hosts. */
@Command(
        name = "token",
        description = "Makes, lists or revokes the tokens by which machines enrol.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TokenCommand.Create.class,
            TokenCommand.ListTokens.class,
            TokenCommand.Revoke.class
        },
        footerHeading = "%nExamples:%n",
        footer = {"  davit token create --uses 6 --auto-approve > token", "  davit token list"})
final class TokenCommand implements Callable<Integer> {

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        command.commandLine().usage(command.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "create",
            description = "Makes a token and shows it, this once. Give it to a machine as a file.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  davit token create --uses 6 --auto-approve > token",
                "  davit token create --roles worker --cidr 192.0.2.0/24 --ttl 24h > token",
                "  davit token create --pool prod/web --cidr 192.0.2.0/24 --max 50 > token"
            })
    static final class Create implements Callable<Integer> {

        @Option(
                names = "--uses",
                paramLabel = "N",
                defaultValue = "1",
                description = "How many machines may enrol with it (default: 1).")
        private int uses = 1;

        @Option(
                names = "--pool",
                paramLabel = "CLUSTER/POOL",
                description =
                        "A pool token: whoever enrols with it becomes a worker of this pool, with"
                                + " nobody asked. Needs --cidr and --max.")
        private String pool = "";

        @Option(
                names = "--max",
                paramLabel = "N",
                defaultValue = "0",
                description = "How many hosts a pool token may have brought at a time.")
        private int max;

        @Option(
                names = "--rate",
                paramLabel = "N",
                defaultValue = "0",
                description = "How many hosts may join a minute by a pool token (default: 60).")
        private int rate;

        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                description =
                        "How long it lives: 30m, 24h (default: 1h, at most 24h; of a pool token"
                                + " 365d, at most 3650d).")
        private String ttl = "";

        @Option(
                names = "--auto-approve",
                description =
                        "Hosts need no approval by a person. Always so with one use, else only when"
                                + " asked for.")
        private boolean autoApprove;

        @Option(
                names = "--roles",
                paramLabel = "ROLE",
                split = ",",
                description = "What its hosts may become (default: anything).")
        private List<String> roles = List.of();

        @Option(
                names = "--cluster",
                paramLabel = "NAME",
                description = "The only cluster its hosts may join.")
        private String cluster = "";

        @Option(
                names = "--cidr",
                paramLabel = "NETWORK",
                description = "Works from these addresses only: 198.18.0.0/24.")
        private String cidr = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Output out = output.to(command);
            if (max < 0 || rate < 0) {
                throw new CliException(
                        ExitCode.USAGE, "cannot create token: --max or --rate is below 0", "");
            }
            if (uses < 1) {
                throw new CliException(
                        ExitCode.USAGE, "cannot create token: --uses " + uses + " is below 1", "");
            }
            var request =
                    CreateTokenRequest.newBuilder()
                            .setUses(uses)
                            .setAutoApprove(autoApprove)
                            .addAllRoles(roles)
                            .setCluster(cluster)
                            .setCidr(cidr)
                            .setPool(pool)
                            .setMaxMembers(max)
                            .setJoinsPerMinute(rate);
            if (!ttl.isEmpty()) {
                request.setTtl(Durations.fromMillis(Times.parse(ttl).toMillis()));
            }
            CreateTokenResponse answer =
                    Ask.controller(connection -> connection.tokens().create(request.build()));
            // the token alone on standard output, so that scripts can take it as it is
            out.show(answer, () -> out.line(answer.getToken()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "list",
            description = "Lists tokens, without their secrets.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit token list"})
    static final class ListTokens implements Callable<Integer> {

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Output out = output.to(command);
            ListTokensResponse answer =
                    Ask.controller(connection ->
                            connection.tokens().list(ListTokensRequest.getDefaultInstance()));
            out.show(answer, () -> table(out, answer));
            return ExitCode.OK;
        }

        /** A pool token's is its pool. */
        private static String cluster(Token token) {
            if (!token.getPool().isEmpty()) {
                return token.getPool();
            }
            return token.getCluster().isEmpty() ? "any" : token.getCluster();
        }

        private static void table(Output out, ListTokensResponse answer) {
            var rows = new ArrayList<List<String>>();
            for (Token token : answer.getTokensList()) {
                rows.add(
                        List.of(
                                token.getId(),
                                token.getRevoked()
                                        ? "revoked"
                                        : Times.relative(token.getExpiresAt(), Instant.now()),
                                token.getPool().isEmpty()
                                        ? token.getUses() + "/" + token.getMaxUses()
                                        : token.getMembers() + "/" + token.getMaxMembers(),
                                token.getAutoApprove() ? "automatic" : "by a person",
                                token.getRolesCount() == 0
                                        ? "any"
                                        : String.join(",", token.getRolesList()),
                                cluster(token),
                                token.getCidr().isEmpty() ? "any" : token.getCidr(),
                                token.getCreatedBy()));
            }
            out.table(
                    List.of(
                            "TOKEN",
                            "EXPIRES",
                            "USED",
                            "APPROVAL",
                            "ROLES",
                            "CLUSTER",
                            "FROM",
                            "MADE BY"),
                    rows);
        }
    }

    @Command(
            name = "revoke",
            description = "Ends a token; hosts that enrolled with it stay.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit token revoke abcdefghij"})
    static final class Revoke implements Callable<Integer> {

        @Parameters(
                paramLabel = "ID",
                description = "The 10 characters behind dvt1. (not the whole token).")
        private String id = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            Output out = output.to(command);
            RevokeTokenResponse answer =
                    Ask.controller(connection ->
                            connection
                                    .tokens()
                                    .revoke(RevokeTokenRequest.newBuilder().setId(id).build()));
            out.show(answer, () -> said(out, answer.getToken()));
            return ExitCode.OK;
        }

        private static void said(Output out, Token token) {
            out.line("token " + token.getId() + " is revoked");
            if (!token.getPool().isEmpty()) {
                out.line(
                        "Its %d hosts stay, and whoever was one knows the agent token of cluster %s. To rotate that, too: davit apply -f FILE --rotate-agent-token"
                                .formatted(
                                        token.getMembers(),
                                        token.getPool()
                                                .substring(0, token.getPool().indexOf('/'))));
            }
        }
    }
}
