package io.davit.controller.role.etcd;

import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.ControllerWork;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.Effect;
import io.davit.controller.plan.EtcdState.Member;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.plan.Milestone;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.plan.RolePlanner;
import io.davit.controller.plan.ServiceWork;
import io.davit.controller.plan.ServiceWork.Change;
import io.davit.controller.plan.ServiceWork.Downtime;
import io.davit.controller.plan.SlotPlace;
import io.davit.controller.plan.Step;
import io.davit.controller.plan.World;
import io.davit.controller.role.Profiles;
import io.davit.controller.role.etcd.Founding.Phase;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plans etcd members.
 *
 * <ol>
 *   <li>Every member is prepared: directories, binaries, CAs, certificates, configuration.
 *   <li>Only when all are, the bootstrap begins: exact members and token are stored before the
 *       first start.
 *   <li>All start at once; each is healthy when it serves a linearizable read, which needs the
 *       quorum.
 *   <li>Then the bootstrap is done, and the same plan rewrites every configuration to "existing"
 *       and binds every unit to its data directory, without a restart: a wiped disk never starts as
 *       a new cluster.
 *   <li>Once done, members that do not run are started first; then others restart one after
 *       another, each after the one before is healthy again.
 * </ol>
 */
public final class EtcdRole implements RolePlanner {

    static final String BEGIN = "cluster/etcd/begin";
    static final String DONE = "cluster/etcd/done";

    private static final SlotPlace CONFIG = SlotPlace.open("etcd.config", "0640", "root", "etcd");
    private static final SlotPlace CA = SlotPlace.open("etcd.ca", "0644", "root", "root");
    private static final SlotPlace PEER_CA = SlotPlace.open("etcd.peer-ca", "0644", "root", "root");
    private static final String UNIT = "etcd";

    @Override
    public Role role() {
        return Role.ETCD;
    }

    @Override
    public void plan(World world, Draft draft) {
        var founding = Founding.of(world);
        if (!sameMembers(world, founding, draft)) {
            return;
        }
        var works = new ArrayList<MemberWork>();
        for (Member member : founding.members()) {
            BoundHost host = world.host(member.host());
            if (host.here()) {
                works.add(prepare(world, draft, founding, member, host));
            } else if (founding.phase() != Phase.DONE) {
                draft.block(
                        new Blocker(
                                member.host(),
                                "etcd",
                                "",
                                "it is away, and etcd cannot be bootstrapped without all its"
                                        + " members",
                                "bring the host back"));
            }
        }
        begin(founding, works, draft);
        start(founding, works);
        finish(founding, works, draft);
    }

    /** One member's drafting. */
    private record MemberWork(Member member, HostWork work, ServiceWork service) {}

    private static boolean sameMembers(World world, Founding founding, Draft draft) {
        List<Member> wanted =
                world.hosts(Role.ETCD).stream()
                        .map(h -> new Member(h.name(), h.id(), h.address()))
                        .toList();
        if (wanted.equals(founding.members())) {
            return true;
        }
        draft.block(
                new Blocker(
                        "",
                        "etcd",
                        "",
                        "etcd was started with the members "
                                + names(founding.members())
                                + ", but the spec has "
                                + names(wanted),
                        "keep the hosts with the role etcd as they are"));
        return false;
    }

    private static String names(List<Member> members) {
        return String.join(", ", members.stream().map(Member::host).toList());
    }

    private static MemberWork prepare(
            World world, Draft draft, Founding founding, Member member, BoundHost host) {
        var work = new HostWork(world, draft, host, "etcd");
        work.prepare();
        work.artifact("etcd", world.spec().etcdVersion().toString(), true, false);
        work.file(CA, Content.of(world.secret(MaterialNames.ETCD_CA)), false);
        work.file(PEER_CA, Content.of(world.secret(MaterialNames.ETCD_PEER_CA)), false);
        work.certificate("etcd.server", server(world, host), false);
        work.certificate("etcd.peer", peer(world, host), false);
        String state = founding.phase() == Phase.DONE ? "existing" : "new";
        work.file(CONFIG, config(world, founding, member, state), true);
        String joined = founding.phase() == Phase.DONE ? "true" : "false";
        var service =
                new ServiceWork(
                        work, UNIT, parameters(founding, member, joined), List.of("joined"));
        dataDirectoryIsThere(founding, member, host, service, draft);
        return new MemberWork(member, work, service);
    }

    private static Content config(World world, Founding founding, Member member, String state) {
        return Content.text(
                EtcdConfig.render(
                        world.spec().etcdVersion(),
                        member,
                        founding.dataDirectory(member),
                        founding.members(),
                        founding.token(),
                        state));
    }

    private static Map<String, String> parameters(Founding founding, Member member, String joined) {
        return Map.of("data-dir", founding.dataDirectory(member), "joined", joined);
    }

    private static CertificateProfile server(World world, BoundHost host) {
        return Profiles.of(
                world,
                Profiles.ETCD,
                host.name(),
                List.of(host.name(), "localhost"),
                List.of(host.address(), "127.0.0.1"),
                List.of("serverAuth", "clientAuth"));
    }

    private static CertificateProfile peer(World world, BoundHost host) {
        return Profiles.of(
                world,
                Profiles.ETCD_PEER,
                host.name(),
                List.of(host.name()),
                List.of(host.address()),
                List.of("serverAuth", "clientAuth"));
    }

    private static void dataDirectoryIsThere(
            Founding founding, Member member, BoundHost host, ServiceWork service, Draft draft) {
        boolean gone =
                founding.phase() == Phase.DONE
                        && service.change() == Change.START
                        && !host.inventory("etcd")
                                .dataDirectories()
                                .contains(founding.dataDirectory(member));
        if (gone) {
            draft.block(
                    new Blocker(
                            host.name(),
                            "etcd",
                            "",
                            "the data directory of this etcd member is gone, and a member never"
                                    + " starts empty",
                            "mount its disk again; a member whose data is lost has to be"
                                    + " replaced"));
        }
    }

    private static void begin(Founding founding, List<MemberWork> works, Draft draft) {
        if (founding.phase() != Phase.NONE) {
            return;
        }
        var after = new ArrayList<String>();
        works.forEach(member -> after.addAll(draft.lastOf(member.member().host())));
        draft.add(
                mark(
                        BEGIN,
                        new ControllerWork.MarkEtcdBegun(
                                founding.incarnation(), founding.token(), founding.members()),
                        after,
                        ""));
    }

    private static void start(Founding founding, List<MemberWork> works) {
        var then =
                works.stream()
                        .filter(m -> m.service().change() == Change.RESTART)
                        .filter(m -> !m.service().restartsUnnoticed())
                        .toList();
        var first = works.stream().filter(m -> !then.contains(m)).toList();
        var healthy = new ArrayList<String>();
        for (MemberWork member : first) {
            service(founding, member, beginOf(founding)).ifPresent(healthy::add);
        }
        for (MemberWork member : then) {
            var after = founding.phase() == Phase.DONE ? List.copyOf(healthy) : beginOf(founding);
            service(founding, member, after).ifPresent(healthy::add);
        }
    }

    private static List<String> beginOf(Founding founding) {
        return founding.phase() == Phase.NONE ? List.of(BEGIN) : List.of();
    }

    /** Drafts service and wait; the id of the wait, if there is one. */
    private static Optional<String> service(
            Founding founding, MemberWork member, List<String> after) {
        boolean done = founding.phase() == Phase.DONE;
        var downtime =
                new Downtime(
                        founding.members().size() == 1,
                        "etcd serves nothing while its only member restarts",
                        "it is the only etcd member, and nothing of the cluster works without it");
        member.service().draft(done, downtime, after);
        if (done && member.service().settled()) {
            return Optional.empty();
        }
        member.work()
                .await(
                        "await",
                        List.of(ProbeCall.of("health")),
                        Deadlines.HEALTHY,
                        new Reason(Why.NOT_READY, "serves a linearizable read"),
                        List.of());
        return Optional.of(member.work().stepId("await"));
    }

    private static void finish(Founding founding, List<MemberWork> works, Draft draft) {
        if (founding.phase() == Phase.DONE) {
            draft.reached(Milestone.ETCD_DONE, List.of());
            return;
        }
        draft.add(
                mark(
                        DONE,
                        new ControllerWork.MarkEtcdDone(founding.incarnation()),
                        works.stream().map(m -> m.work().stepId("await")).toList(),
                        founding.tolerance() + " after this step"));
        draft.reached(Milestone.ETCD_DONE, List.of(DONE));
        for (MemberWork member : works) {
            member.work()
                    .fileAfterwards(
                            CONFIG,
                            configOf(founding, member, "new"),
                            configOf(founding, member, "existing"),
                            new Reason(Why.ORDER, "after bootstrap"),
                            List.of(DONE));
            member.service()
                    .draftAfterwards(parameters(founding, member.member(), "true"), List.of());
        }
    }

    private static Content configOf(Founding founding, MemberWork member, String state) {
        return config(member.work().world(), founding, member.member(), state);
    }

    private static Step mark(String id, ControllerWork work, List<String> after, String tolerance) {
        return new Step(
                id,
                "",
                Optional.empty(),
                "etcd",
                work,
                new Reason(Why.ORDER, "a cluster is bootstrapped once"),
                after,
                Effect.NONE,
                "",
                Deadlines.CONTROLLER,
                List.of(),
                tolerance);
    }
}
