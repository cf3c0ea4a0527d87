package io.davit.agent.profile;

/**
 * Where HAProxy is told, before it reads its configuration again, which servers nobody has seen up.
 * Else it takes each for up until a check has failed, and ends the connections that it has brought
 * there meanwhile: of 100 new connections about 1 was lost while a server started (seen with
 * 2.6.12), which had just been added or was down.
 *
 * @param socket the admin socket
 * @param config HAProxy's configuration, whose servers those of the backend are
 * @param file HAProxy's server state file: what stands there begins as down, all others as up
 * @see <a
 *     href="https://docs.haproxy.org/2.6/configuration.html#server-state-file">server-state-file</a>
 */
public record UnseenServers(String socket, String backend, String config, String file) {}
