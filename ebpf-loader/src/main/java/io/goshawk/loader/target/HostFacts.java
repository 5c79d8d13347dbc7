package io.goshawk.loader.target;

/**
 * What describes this machine to a backend.
 *
 * @param name its host name
 * @param bootId the kernel's random id of this boot
 */
public record HostFacts(String name, String bootId) {}
