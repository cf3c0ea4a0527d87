package io.davit.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.davit.agent.observe.ReadOnlyHost;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {

    private final JavaClasses agent =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.davit.agent");

    @Test
    void profilesAreDataAndTouchNothing() {
        noClasses()
                .that()
                .resideInAPackage("..agent.profile..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "..agent.system..",
                        "..agent.step..",
                        "..agent.observe..",
                        "java.io..",
                        "java.nio.file..",
                        "java.net..",
                        "io.davit.proto..",
                        "io.grpc..")
                .check(agent);
    }

    @Test
    void whatObservesCannotChangeAHost() {
        noClasses()
                .that()
                .resideInAPackage("..agent.observe..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..agent.step..")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("AtomicFiles")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("TransientUnits")
                .check(agent);
        classes()
                .that()
                .areAssignableTo(ReadOnlyHost.class)
                .and()
                .areInterfaces()
                .should()
                .haveNameMatching(".*ReadOnlyHost")
                .check(agent);
    }

    @Test
    void aDoctorCannotChangeAHost() {
        noClasses()
                .that()
                .resideInAPackage("..agent.doctor..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..agent.step..", "..agent.session..", "..agent.enroll..")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("AtomicFiles")
                .check(agent);
    }

    @Test
    void theSeamsKnowNoRoleAndNoStep() {
        noClasses()
                .that()
                .resideInAnyPackage("..agent.system..", "..agent.journal..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "..agent.profile..", "..agent.step..", "..agent.observe..", "..health..")
                .check(agent);
    }

    @Test
    void nothingThatTouchesTheHostKnowsTheSession() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "..agent.system..",
                        "..agent.journal..",
                        "..agent.profile..",
                        "..agent.observe..",
                        "..agent.health..",
                        "..agent.step..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "io.netty..", "..agent.session..", "..enroll..")
                .check(agent);
    }
}
