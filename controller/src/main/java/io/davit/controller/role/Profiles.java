package io.davit.controller.role;

import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Planner;
import io.davit.controller.plan.Ref;
import io.davit.controller.plan.World;
import java.time.Duration;
import java.util.List;

/** Certificate profiles with an issuer that may still have to be made. */
public final class Profiles {

    /** Signs etcd's server certificates and all its clients'. */
    public static final String ETCD = "etcd";

    /** Signs for etcd's peer port only. */
    public static final String ETCD_PEER = "etcd-peer";

    /** Signs for users of the Kubernetes API: the cluster's own client CA. */
    public static final String K3S_CLIENT = "k3s-client";

    /** Certificates are made for a year; with this left they are made anew. */
    private static final Duration MIN_REMAINING = Duration.ofDays(90);

    private Profiles() {}

    public static CertificateProfile of(
            World world,
            String issuer,
            String commonName,
            List<String> dnsNames,
            List<String> addresses,
            List<String> usages) {
        Ref authority =
                world.material()
                        .issuerSha256(issuer)
                        .<Ref>map(Ref.Known::new)
                        .orElse(new Ref.OutputOf(Planner.MATERIAL));
        return new CertificateProfile(
                issuer, authority, commonName, dnsNames, addresses, usages, MIN_REMAINING);
    }
}
