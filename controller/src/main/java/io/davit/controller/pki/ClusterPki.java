package io.davit.controller.pki;

import io.davit.common.Csr;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.Secret;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.CertificateIssuer;
import io.davit.controller.execute.MaterialSource;
import io.davit.controller.execute.SecretResolver;
import io.davit.controller.pki.CertificateTemplate.Purpose;
import io.davit.controller.pki.CertificateTemplate.Usage;
import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Material;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.plan.Ref;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Each cluster's own authorities, keys and passwords: made once, sealed, and given out one by one.
 * The controller's root signs none of them, and no two clusters share any.
 */
public final class ClusterPki implements MaterialSource, SecretResolver, CertificateIssuer {

    /** Certificates for etcd and its clients. */
    private static final Duration LEAF_LIFE = Duration.ofDays(365);

    private static final Duration BACKDATE = Duration.ofMinutes(5);

    private static final Table<Made> MADE = new Table<>("cluster-material", Made.class);

    /** Of clusters that have another agent token than the first. */
    private static final Table<AgentToken> TOKENS = new Table<>("agent-token", AgentToken.class);

    private final Changes changes;
    private final Records records;
    private final SealedSecrets secrets;
    private final Function<HostId, Secret> inventoryKeys;
    private final Clock clock;
    private final SecureRandom random;

    /**
     * The material of all clusters of this state.
     *
     * @param inventoryKeys a host's key for the digests of secret slots
     */
    public ClusterPki(
            Changes changes,
            Records records,
            SealedSecrets secrets,
            Function<HostId, Secret> inventoryKeys,
            Clock clock,
            SecureRandom random) {
        this.changes = changes;
        this.records = records;
        this.secrets = secrets;
        this.inventoryKeys = inventoryKeys;
        this.clock = clock;
        this.random = random;
    }

    /**
     * What a cluster has.
     *
     * @param openValues values that are no secrets, by material name
     */
    record Made(Instant at, Map<String, String> openValues) {
        Made {
            openValues = Map.copyOf(openValues);
        }
    }

    @Override
    public void make(String cluster) {
        if (records.find(MADE, cluster).isPresent()) {
            return;
        }
        // outside of the transaction, which may run again: an RSA key takes its time
        NewMaterial material = NewMaterial.of(cluster, clock.instant(), random);
        var change =
                new Change(Actor.controller(), "cluster.material", "cluster/" + cluster, cluster);
        changes.make(
                change,
                transaction -> {
                    if (transaction.find(MADE, cluster).isEmpty()) {
                        transaction.put(
                                MADE, cluster, new Made(clock.instant(), material.openValues()));
                        material.secrets()
                                .forEach((name, value) ->
                                        secrets.add(transaction, secretName(cluster, name), value));
                    }
                    return material;
                });
    }

    @Override
    public void rotateAgentToken(String cluster, AgentToken next) {
        Secret password = NewMaterial.password(random);
        var change =
                new Change(
                        Actor.controller(),
                        "cluster.agent-token",
                        "cluster/" + cluster,
                        "version %d, unknown to %s".formatted(next.version(), next.without()));
        changes.make(
                change,
                transaction -> {
                    int now = token(transaction, cluster).version();
                    if (transaction.find(MADE, cluster).isEmpty() || next.version() > now + 1) {
                        throw new IllegalStateException(
                                "cannot make version %d of the agent token of cluster %s: it has %d"
                                        .formatted(next.version(), cluster, now));
                    }
                    if (next.version() == now + 1) {
                        transaction.put(TOKENS, cluster, next);
                        secrets.add(
                                transaction,
                                secretName(cluster, agentPassword(next.version())),
                                password);
                    }
                    return next;
                });
    }

    private static AgentToken token(Reads reads, String cluster) {
        return reads.find(TOKENS, cluster).orElse(AgentToken.FIRST);
    }

    private static String agentPassword(int version) {
        return version == 1
                ? MaterialNames.K3S_AGENT_PASSWORD
                : MaterialNames.K3S_AGENT_PASSWORD + "." + version;
    }

    /**
     * Ends a cluster's material: destroyed, or kept under another name for whoever has its data.
     */
    public void end(Transaction transaction, String cluster, String archived, boolean destroy) {
        var made = transaction.find(MADE, cluster);
        if (made.isEmpty()) {
            return;
        }
        transaction.remove(MADE, cluster);
        var token = transaction.find(TOKENS, cluster);
        transaction.remove(TOKENS, cluster);
        if (!destroy) {
            token.ifPresent(it -> transaction.put(TOKENS, archived, it));
        }
        if (destroy) {
            secrets.removeBelow(transaction, "cluster/" + cluster);
        } else {
            transaction.put(MADE, archived, made.get());
            secrets.renameBelow(transaction, "cluster/" + cluster, "cluster/" + archived);
        }
    }

    /**
     * Everything secret and open that a cluster is, by the file name that it would have: its etcd
     * CAs with their keys, k3s' CAs and keys below "k3s/tls", both tokens as they are in force. For
     * root on this host alone: nothing that answers a call uses it.
     *
     * @return empty if the cluster has no material
     */
    public static Optional<SortedMap<String, Secret>> escrow(
            Reads reads, SealedSecrets secrets, String cluster) {
        return reads.find(MADE, cluster)
                .map(made -> {
                    var files = new TreeMap<String, Secret>();
                    Function<String, Secret> open = name -> Secret.ofText(value(made, name));
                    Function<String, Secret> sealed =
                            name -> secrets.require(reads, secretName(cluster, name));
                    files.put("etcd/ca.crt", open.apply(MaterialNames.ETCD_CA));
                    files.put(
                            "etcd/ca.key",
                            sealed.apply(NewMaterial.signingKey(NewMaterial.ETCD_ISSUER)));
                    files.put("etcd/peer-ca.crt", open.apply(MaterialNames.ETCD_PEER_CA));
                    files.put(
                            "etcd/peer-ca.key",
                            sealed.apply(NewMaterial.signingKey(NewMaterial.ETCD_PEER_ISSUER)));
                    for (String ca : MaterialNames.K3S_CAS) {
                        String place = "k3s/tls/" + tlsPlace(ca);
                        files.put(place + ".crt", open.apply(MaterialNames.k3sCertificate(ca)));
                        files.put(place + ".key", sealed.apply(MaterialNames.k3sKey(ca)));
                    }
                    files.put("k3s/tls/service.key", sealed.apply(MaterialNames.K3S_SERVICE_KEY));
                    String hash = value(made, MaterialNames.K3S_SERVER_CA_HASH);
                    files.put(
                            "k3s/token",
                            token(hash, "server", sealed.apply(MaterialNames.K3S_SERVER_PASSWORD)));
                    files.put(
                            "k3s/agent-token",
                            token(
                                    hash,
                                    "node",
                                    sealed.apply(agentPassword(token(reads, cluster).version()))));
                    return files;
                });
    }

    /** Below a server's {@code tls}, as k3s looks for it. */
    private static String tlsPlace(String authority) {
        return authority.startsWith("etcd-")
                ? "etcd/" + authority.substring("etcd-".length())
                : authority;
    }

    private static Secret token(String hash, String user, Secret password) {
        return Secret.ofText("K10%s::%s:%s\n".formatted(hash, user, password.revealText()));
    }

    private static String secretName(String cluster, String name) {
        return "cluster/" + cluster + "/" + name;
    }

    @Override
    public Secret resolve(String cluster, Content.SecretRef reference) {
        return find(cluster, reference)
                .orElseThrow(() ->
                        new IllegalStateException(
                                "cannot resolve %s version %d: cluster %s has none"
                                        .formatted(
                                                reference.name(), reference.version(), cluster)));
    }

    private Optional<Secret> find(String cluster, Content.SecretRef reference) {
        if (NewMaterial.isSigningKey(reference.name())) {
            return Optional.empty();
        }
        if (reference.name().equals(MaterialNames.K3S_AGENT_PASSWORD)) {
            return secrets.find(records, secretName(cluster, agentPassword(reference.version())));
        }
        if (reference.version() != 1) {
            return Optional.empty();
        }
        return records.find(MADE, cluster)
                .flatMap(made ->
                        Optional.ofNullable(made.openValues().get(reference.name()))
                                .map(Secret::ofText)
                                .or(() ->
                                        secrets.find(
                                                records, secretName(cluster, reference.name()))));
    }

    @Override
    public Material material(String cluster) {
        return records.find(MADE, cluster)
                .<Material>map(made -> new MadeMaterial(cluster, made))
                .orElse(Material.NOT_MADE);
    }

    private final class MadeMaterial implements Material {

        private final String cluster;
        private final Made made;

        MadeMaterial(String cluster, Made made) {
            this.cluster = cluster;
            this.made = made;
        }

        @Override
        public boolean made() {
            return true;
        }

        @Override
        public AgentToken agentToken() {
            return token(records, cluster);
        }

        @Override
        public Optional<SlotDigests> digests(
                HostId host, String slot, boolean secret, Content content) {
            Optional<Secret> key =
                    secret ? Optional.of(inventoryKeys.apply(host)) : Optional.empty();
            return filledIn(cluster, content).map(bytes -> Material.digestsOf(slot, bytes, key));
        }

        @Override
        public Optional<String> issuerSha256(String issuer) {
            return issuerPem(made, issuer).map(pem -> sha256(Pem.certificates(pem).getFirst()));
        }
    }

    private Optional<byte[]> filledIn(String cluster, Content content) {
        var bytes = new ByteArrayOutputStream();
        for (Content.Part part : content.parts()) {
            switch (part) {
                case Content.Literal literal ->
                        bytes.writeBytes(literal.text().getBytes(StandardCharsets.UTF_8));
                case Content.SecretRef reference -> {
                    Optional<Secret> value = find(cluster, reference);
                    if (value.isEmpty()) {
                        return Optional.empty();
                    }
                    bytes.writeBytes(value.get().reveal());
                }
            }
        }
        return Optional.of(bytes.toByteArray());
    }

    private static Optional<String> issuerPem(Made made, String issuer) {
        return NewMaterial.certificate(issuer)
                .flatMap(name -> Optional.ofNullable(made.openValues().get(name)));
    }

    @Override
    public String issue(String cluster, HostId host, CertificateProfile profile, byte[] csr)
            throws CertificateRefusedException {
        String what = "cannot sign for host " + host + ": ";
        PublicKey key;
        try {
            key = Csr.verifiedKey(csr);
        } catch (IllegalArgumentException e) {
            throw new CertificateRefusedException(what + e.getMessage());
        }
        Made made =
                records.find(MADE, cluster)
                        .orElseThrow(() ->
                                new CertificateRefusedException(
                                        what + "cluster " + cluster + " has no CA yet"));
        Authority authority =
                authority(cluster, made, profile.issuer())
                        .orElseThrow(() ->
                                new CertificateRefusedException(
                                        what + "there is no issuer " + profile.issuer()));
        if (profile.issuerSha256() instanceof Ref.Known known
                && !known.id().equals(sha256(authority.certificate()))) {
            throw new CertificateRefusedException(
                    what + "the step names another CA than cluster " + cluster + " has");
        }
        X509Certificate leaf = authority.sign(leaf(profile), key);
        var issued = new IssuedCertificate(List.of(leaf, authority.certificate()));
        record(
                issued,
                cluster + "/" + profile.issuer(),
                Actor.controller(),
                "cluster.certificate",
                "host/" + host);
        return issued.pem();
    }

    private Optional<Authority> authority(String cluster, Made made, String issuer) {
        return issuerPem(made, issuer)
                .map(pem ->
                        new Authority(
                                Pem.certificates(pem).getFirst(),
                                Pem.ecPrivateKey(
                                        secrets.require(
                                                records,
                                                secretName(
                                                        cluster, NewMaterial.signingKey(issuer)))),
                                random));
    }

    private CertificateTemplate leaf(CertificateProfile profile) {
        Instant now = clock.instant();
        Set<Purpose> purposes = new HashSet<>();
        for (String usage : profile.extendedKeyUsages()) {
            purposes.add(
                    switch (usage) {
                        case "serverAuth" -> Purpose.SERVER;
                        case "clientAuth" -> Purpose.CLIENT;
                        default ->
                                throw new IllegalArgumentException(
                                        "cannot sign: unknown key usage " + usage);
                    });
        }
        return new CertificateTemplate(
                profile.commonName(),
                "",
                List.of(),
                profile.dnsNames(),
                profile.ipAddresses(),
                purposes,
                Set.of(Usage.DIGITAL_SIGNATURE, Usage.KEY_ENCIPHERMENT),
                false,
                now.minus(BACKDATE),
                now.plus(LEAF_LIFE));
    }

    private void record(
            IssuedCertificate issued, String issuer, Actor actor, String method, String target) {
        String subject = issued.leaf().getSubjectX500Principal().getName();
        changes.make(
                new Change(actor, method, target, issuer + " " + subject),
                transaction -> {
                    CertificateRecord.add(transaction, issued, subject, issuer, target);
                    return issued;
                });
    }

    /** What a kubeconfig needs. */
    public record AdminAccess(
            String serverCaPem,
            String certificatePem,
            Secret privateKeyPem,
            String commonName,
            Instant notAfter) {}

    /**
     * A client certificate with all rights in a cluster, for an operator. It cannot be revoked, so
     * it is recorded and short-lived.
     *
     * @return empty if the cluster has no material yet
     */
    public Optional<AdminAccess> adminAccess(
            String cluster, String operator, Duration life, Actor actor) {
        return records.find(MADE, cluster)
                .map(made -> adminAccess(cluster, made, operator, life, actor));
    }

    private AdminAccess adminAccess(
            String cluster, Made made, String operator, Duration life, Actor actor) {
        KeyPair pair = Keys.newP256(random);
        Instant now = clock.instant();
        String commonName = "davit:" + operator;
        var authority = authority(cluster, made, NewMaterial.K3S_CLIENT_ISSUER).orElseThrow();
        X509Certificate leaf =
                authority.sign(
                        new CertificateTemplate(
                                commonName,
                                "system:masters",
                                List.of(),
                                List.of(),
                                List.of(),
                                Set.of(Purpose.CLIENT),
                                Set.of(Usage.DIGITAL_SIGNATURE, Usage.KEY_ENCIPHERMENT),
                                false,
                                now.minus(BACKDATE),
                                now.plus(life)),
                        pair.getPublic());
        var issued = new IssuedCertificate(List.of(leaf));
        record(
                issued,
                cluster + "/client-ca",
                actor,
                "davit.operator.v1.Clusters/Kubeconfig",
                "cluster/" + cluster);
        return new AdminAccess(
                value(made, MaterialNames.k3sCertificate("server-ca")),
                issued.pem(),
                Pem.ofPrivateKey(pair.getPrivate()),
                commonName,
                issued.notAfter());
    }

    private static String value(Made made, String name) {
        return Optional.ofNullable(made.openValues().get(name))
                .orElseThrow(() -> new IllegalStateException("a cluster without " + name));
    }

    private static String sha256(X509Certificate certificate) {
        try {
            return Digests.sha256Hex(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("cannot encode a certificate", e);
        }
    }
}
