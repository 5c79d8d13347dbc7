// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

/** What somebody uses again when nobody needs it any longer: its users are counted. */
public interface Memory {

  /** One user more, who has to {@link #release} it as well. */
  void retain();

  /** One user is done with it. */
  void release();
}
