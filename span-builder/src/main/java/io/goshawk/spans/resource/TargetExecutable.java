// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

/**
 * What a process runs.
 *
 * @param path of its file
 * @param architecture as Go names it: amd64, arm64
 * @param go what it says of its build
 */
public record TargetExecutable(String path, String architecture, TargetProcess.GoBuild go) {}
