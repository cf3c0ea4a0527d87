package io.davit.controller.execute;

import io.davit.controller.plan.Catalog;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.List;
import java.util.Set;

/** Published files: which there are, and getting them to where hosts fetch them. */
public interface ArtifactCatalog {

    /**
     * What is published for these versions. "k3s-images" is there only where the source has it.
     *
     * @param archs "amd64", "arm64"
     * @throws ArtifactException when the source cannot be read or does not know a version
     */
    Catalog catalog(K3sVersion k3s, EtcdVersion etcd, Set<String> archs)
            throws ArtifactException, InterruptedException;

    /** The same, as far as it was asked for before; asks nobody now. */
    Catalog known(K3sVersion k3s, EtcdVersion etcd, Set<String> archs);

    /** The sets of OS packages that are held; nobody is asked. */
    default List<Catalog.PackageSet> packageSets() {
        return List.of();
    }

    /**
     * Makes sure that the controller holds the file, held to its checksum, so that hosts can fetch
     * it.
     *
     * @throws ArtifactException with the remedy, when it cannot be had or is not what was published
     */
    void stage(Catalog.ArtifactFile file) throws ArtifactException, InterruptedException;

    /** "cannot fetch etcd 3.5.16: …" */
    final class ArtifactException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String remedy;

        public ArtifactException(String message, String remedy) {
            super(message);
            this.remedy = remedy;
        }

        public String remedy() {
            return remedy;
        }
    }
}
