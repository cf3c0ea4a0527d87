package io.davit.controller;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Holds the pure core to its package descriptions: no I/O, no clock, no generated code, one
 * direction.
 */
class PureCoreTest {

    private static final String[] PURE = {
        "io.davit.controller.spec..",
        "io.davit.controller.observe..",
        "io.davit.controller.plan..",
        "io.davit.controller.role..",
        "io.davit.controller.release..",
    };

    private static final Set<String> CLOCKS =
            Set.of(
                    "java.time.Instant.now",
                    "java.time.Clock.systemUTC",
                    "java.time.LocalDateTime.now",
                    "java.lang.System.currentTimeMillis",
                    "java.lang.System.nanoTime",
                    "java.lang.System.getenv",
                    "java.lang.System.getProperty",
                    "java.lang.Math.random",
                    "java.lang.Thread.sleep");

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.davit.controller");

    private void check(ArchRule rule) {
        rule.check(classes);
    }

    @Test
    void thePureCoreTouchesNothingOutside() {
        check(
                noClasses()
                        .that()
                        .resideInAnyPackage(PURE)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.grpc..",
                                "com.google.protobuf..",
                                "io.davit.proto..",
                                "java.io..",
                                "java.nio.file..",
                                "java.nio.channels..",
                                "java.net..",
                                "java.sql..",
                                "java.util.concurrent.."));
    }

    @Test
    void thePureCoreReadsNoClockAndNoEnvironment() {
        check(
                noClasses()
                        .that()
                        .resideInAnyPackage(PURE)
                        .should()
                        .callMethodWhere(
                                new DescribedPredicate<JavaCall<?>>(
                                        "a clock or the environment is read") {
                                    @Override
                                    public boolean test(JavaCall<?> call) {
                                        return CLOCKS.contains(
                                                call.getTargetOwner().getName()
                                                        + "."
                                                        + call.getName());
                                    }
                                }));
    }

    @Test
    void stagesGoOneWay() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.davit.controller.spec..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.davit.controller.observe..",
                                "io.davit.controller.plan..",
                                "io.davit.controller.role..",
                                "io.davit.controller.execute..",
                                "io.davit.controller.agentlink.."));
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.davit.controller.plan..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.davit.controller.role..",
                                "io.davit.controller.execute..",
                                "io.davit.controller.agentlink.."));
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.davit.controller.role..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.davit.controller.execute..",
                                "io.davit.controller.agentlink.."));
    }

    @Test
    void rolesDoNotKnowEachOther() {
        for (String role : Set.of("etcd", "loadbalancer", "controlplane", "worker")) {
            for (String other : Set.of("etcd", "loadbalancer", "controlplane", "worker")) {
                if (!role.equals(other)) {
                    check(
                            noClasses()
                                    .that()
                                    .resideInAPackage("io.davit.controller.role." + role)
                                    .should()
                                    .dependOnClassesThat()
                                    .resideInAPackage("io.davit.controller.role." + other));
                }
            }
        }
    }
}
