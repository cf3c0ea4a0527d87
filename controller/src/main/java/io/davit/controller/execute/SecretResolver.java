package io.davit.controller.execute;

import io.davit.common.Secret;
import io.davit.controller.plan.Content;

/** Gives the values behind references, at the moment they are sent and to nobody else. */
public interface SecretResolver {

    /**
     * @throws IllegalStateException when the cluster's material has no such name or version
     */
    Secret resolve(String cluster, Content.SecretRef reference);
}
