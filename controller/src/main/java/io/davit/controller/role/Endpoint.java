package io.davit.controller.role;

import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;

/**
 * The address that stands for the control plane, in kubeconfigs and in the workers' configuration:
 * the endpoint name, else the virtual IP, else the only load balancer, else the only server.
 *
 * @param host a name or an address
 */
public record Endpoint(String host, int port) {

    public static Endpoint of(ClusterSpec spec) {
        var balancers = spec.hosts(Role.LOAD_BALANCER);
        int port = balancers.isEmpty() ? ClusterSpec.API_PORT : spec.balancerPort();
        if (!spec.endpoint().names().isEmpty()) {
            return new Endpoint(spec.endpoint().names().getFirst(), port);
        }
        if (spec.endpoint().virtualIp().isPresent()) {
            return new Endpoint(spec.endpoint().virtualIp().get(), port);
        }
        HostSpec only =
                balancers.isEmpty()
                        ? spec.hosts(Role.CONTROL_PLANE).getFirst()
                        : balancers.getFirst();
        return new Endpoint(only.address(), port);
    }

    /** "https://198.18.0.14:6443" */
    public String url() {
        return "https://" + host + ":" + port;
    }
}
