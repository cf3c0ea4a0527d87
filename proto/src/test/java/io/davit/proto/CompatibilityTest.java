package io.davit.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.davit.proto.agent.v1.FinishRequest;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.operator.v1.PlanRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Holds today's protocol to the one last released, {@code released.binpb}. A release writes it
 * anew: {@code mvn -pl proto test -Ddavit.write-released=true}.
 */
class CompatibilityTest {

    private static final Path RELEASED = Path.of("src/test/resources/released.binpb");

    private static FileDescriptorSet today() {
        var set = FileDescriptorSet.newBuilder();
        for (FileDescriptor file :
                List.of(
                        HostFacts.getDescriptor().getFile(),
                        FinishRequest.getDescriptor().getFile(),
                        Step.getDescriptor().getFile(),
                        Observation.getDescriptor().getFile(),
                        HealthReport.getDescriptor().getFile(),
                        Hello.getDescriptor().getFile(),
                        PlanRequest.getDescriptor().getFile())) {
            set.addFile(file.toProto());
        }
        return set.build();
    }

    private static FileDescriptorSet released() throws Exception {
        if (Boolean.getBoolean("davit.write-released")) {
            Files.write(RELEASED, today().toByteArray());
        }
        return FileDescriptorSet.parseFrom(Files.readAllBytes(RELEASED));
    }

    @Test
    void nothingReleasedIsTakenBack() throws Exception {
        assertThat(Compatibility.breaks(released(), today())).isEmpty();
    }

    @Test
    void everyReleasedPieceIsMissedWhenItGoes() throws Exception {
        int removed = 0;
        var released = released();
        for (int f = 0; f < released.getFileCount(); f++) {
            var file = released.getFile(f);
            for (int m = 0; m < file.getMessageTypeCount(); m++) {
                for (int n = 0; n < file.getMessageType(m).getFieldCount(); n++) {
                    var without = file.toBuilder();
                    without.getMessageTypeBuilder(m).removeField(n);
                    assertThat(
                                    Compatibility.breaks(
                                            released,
                                            released.toBuilder().setFile(f, without).build()))
                            .hasSize(1);
                    removed++;
                }
            }
            for (int s = 0; s < file.getServiceCount(); s++) {
                for (int n = 0; n < file.getService(s).getMethodCount(); n++) {
                    var without = file.toBuilder();
                    without.getServiceBuilder(s).removeMethod(n);
                    assertThat(
                                    Compatibility.breaks(
                                            released,
                                            released.toBuilder().setFile(f, without).build()))
                            .hasSize(1);
                    removed++;
                }
            }
        }
        System.out.println(
                "protocol: " + removed + " removals of fields and methods are each noticed");
        assertThat(removed).isGreaterThan(200);
    }

    @Test
    void aReservedFieldMayGo() throws Exception {
        var released = released();
        var file = released.getFile(0);
        var message = file.getMessageType(0);
        var without =
                message.toBuilder()
                        .removeField(0)
                        .addReservedName(message.getField(0).getName())
                        .addReservedRange(
                                DescriptorProto.ReservedRange.newBuilder()
                                        .setStart(message.getField(0).getNumber())
                                        .setEnd(message.getField(0).getNumber() + 1));
        var now =
                released.toBuilder()
                        .setFile(0, file.toBuilder().setMessageType(0, without))
                        .build();
        assertThat(Compatibility.breaks(released, now)).isEmpty();
    }
}
