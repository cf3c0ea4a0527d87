package io.davit.controller.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.davit.controller.enroll.HostsService;
import io.davit.proto.agent.v1.EnrollmentOuterClass;
import io.davit.proto.agent.v1.Session;
import io.davit.proto.operator.v1.HostsGrpc;
import io.davit.proto.operator.v1.Operator;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor.Builder;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AccessTableTest {

    private final AccessTable table = new AccessTable();

    private static Stream<MethodDescriptor> methods() {
        return Stream.of(
                        EnrollmentOuterClass.getDescriptor(),
                        Session.getDescriptor(),
                        Operator.getDescriptor())
                .map(FileDescriptor::getServices)
                .flatMap(List::stream)
                .map(ServiceDescriptor::getMethods)
                .flatMap(List::stream);
    }

    private static String name(MethodDescriptor method) {
        return method.getService().getFullName() + "/" + method.getName();
    }

    @Test
    void everyMethodHasARowAndEveryRowAMethod() {
        var methods = new TreeSet<>(methods().map(AccessTableTest::name).toList());
        var rows = new TreeSet<>(table.rows().stream().map(Rule::method).toList());
        System.out.printf("authorization walk: %d methods, %d rows%n", methods.size(), rows.size());
        assertThat(rows).isEqualTo(methods);
        assertThat(table.rows()).hasSize(rows.size());
    }

    @Test
    void everyServiceIsForOneClassOfPeers() {
        methods()
                .forEach(method -> {
                    String service = method.getService().getFullName();
                    PeerClass expected =
                            switch (service) {
                                case "davit.agent.v1.AgentGateway" -> PeerClass.AGENT;
                                case "davit.agent.v1.Enrollment" -> PeerClass.ENROLLING;
                                case "davit.operator.v1.Local" -> PeerClass.LOCAL;
                                default -> PeerClass.OPERATOR;
                            };
                    assertThat(table.find(name(method)).orElseThrow().peers())
                            .as(name(method))
                            .isEqualTo(expected);
                });
    }

    @Test
    void operatorsMethodsAllNeedALevelAndTheOthersHaveNone() {
        for (Rule row : table.rows()) {
            assertThat(row.needed().isPresent())
                    .as(row.method())
                    .isEqualTo(row.peers() == PeerClass.OPERATOR);
        }
    }

    @Test
    void onlyStreamsMayBeEndless() {
        var streaming =
                methods()
                        .filter(m -> m.toProto().getServerStreaming())
                        .map(AccessTableTest::name)
                        .toList();
        assertThat(table.rows())
                .filteredOn(Rule::endless)
                .extracting(Rule::method)
                .isSubsetOf(streaming)
                .containsExactlyInAnyOrder(
                        "davit.agent.v1.AgentGateway/Session",
                        "davit.operator.v1.Operations/Watch");
    }

    /** By its name: whoever adds a method that changes something cannot mark it by mistake. */
    @Test
    void inAdoptModeOnlyWhatLooksIsAnsweredAndTheWayOut() {
        var looking =
                List.of(
                        "Session",
                        "Plan",
                        "Status",
                        "List",
                        "Watch",
                        "Why",
                        "Events",
                        "Version",
                        "Versions",
                        "Differences");
        methods()
                .forEach(method -> {
                    boolean expected =
                            looking.contains(method.getName())
                                    || name(method).equals("davit.operator.v1.Adoption/Confirm")
                                    || name(method).equals("davit.operator.v1.Local/NewAdmin");
                    assertThat(table.find(name(method)).orElseThrow().whileAdopting())
                            .as(name(method))
                            .isEqualTo(expected);
                });
    }

    @Test
    void whatHandsOutSecretsOrIdentitiesNeedsAdmin() {
        for (String method :
                List.of(
                        "Clusters/Kubeconfig",
                        "Adoption/Confirm",
                        "Agents/Upgrade",
                        "Agents/Cancel",
                        "Hosts/Approve",
                        "Hosts/Remove",
                        "Tokens/Create",
                        "Tokens/Revoke")) {
            assertThat(table.find("davit.operator.v1." + method).orElseThrow().needed())
                    .as(method)
                    .contains(AccessLevel.ADMIN);
        }
    }

    @Test
    void aMethodWithoutARowKeepsTheControllerFromStarting() {
        Builder service = io.grpc.ServiceDescriptor.newBuilder("davit.operator.v1.Secret");
        io.grpc.MethodDescriptor<com.google.protobuf.Empty, com.google.protobuf.Empty> method =
                io.grpc.MethodDescriptor
                        .<com.google.protobuf.Empty, com.google.protobuf.Empty>newBuilder()
                        .setType(MethodType.UNARY)
                        .setFullMethodName("davit.operator.v1.Secret/Read")
                        .setRequestMarshaller(empty())
                        .setResponseMarshaller(empty())
                        .build();
        var unknown =
                ServerServiceDefinition.builder(service.addMethod(method).build())
                        .addMethod(method, (_, _) -> new io.grpc.ServerCall.Listener<>() {})
                        .build();
        assertThatThrownBy(() -> table.requireRows(PeerClass.OPERATOR, List.of(unknown)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("davit.operator.v1.Secret/Read");
    }

    private static io.grpc.MethodDescriptor.Marshaller<com.google.protobuf.Empty> empty() {
        return io.grpc.protobuf.ProtoUtils.marshaller(
                com.google.protobuf.Empty.getDefaultInstance());
    }

    @Test
    void aServiceOnAnotherClassesListenerKeepsTheControllerFromStarting() {
        ServerServiceDefinition hosts = new HostsGrpc.HostsImplBase() {}.bindService();
        table.requireRows(PeerClass.OPERATOR, List.of(hosts));
        for (PeerClass other : List.of(PeerClass.AGENT, PeerClass.ENROLLING, PeerClass.LOCAL)) {
            assertThatThrownBy(() -> table.requireRows(other, List.of(hosts)))
                    .hasMessageContaining("davit.operator.v1.Hosts/List");
        }
        assertThat(HostsService.class).isFinal();
    }
}
