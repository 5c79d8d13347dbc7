// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

/**
 * Something a program does again and again, whose cost in traps is reported.
 *
 * @param id for programs, for example {@code http_1}
 * @param text for people, for example {@code HTTP/1 request}
 */
public record Operation(String id, String text) {}
