// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;

/** The extension {@code headers_setter}, for exporters. */
public final class HeadersSetterConfig {

  /** One of {@code headers}. */
  public static final class Header {
    public static final Key<String> KEY = Key.of("key", Types.text(), "Its name.").mandatory();
    public static final Key<String> ACTION =
        Key.of(
                "action",
                Types.word("insert", "update", "upsert", "delete"),
                "Whether it is sent where the exporter's own headers do not have it (insert), in place"
                    + " of theirs (update), either way (upsert), or not at all (delete).")
            .or("upsert");
    public static final Key<String> VALUE = Key.of("value", Types.secret(), "Its value.");
    public static final Key<String> VALUE_FILE =
        Key.of(
            "value_file",
            Types.path(),
            "A file that holds it, instead; it is read again when it changes.");

    private static final String NO_CONTEXT =
        "goshawk keeps nothing of the requests that spans came with; say value or value_file";

    static final Section SECTION =
        Section.of(
                KEY,
                ACTION,
                VALUE,
                VALUE_FILE,
                Key.refused("from_context", NO_CONTEXT),
                Key.refused("from_attribute", NO_CONTEXT),
                Key.refused("default_value", NO_CONTEXT))
            .check(
                (settings, at) -> {
                  boolean value = settings.says(VALUE);
                  boolean file = settings.says(VALUE_FILE);
                  if (value && file) {
                    at.member(VALUE_FILE.name())
                        .error(settings.origin(VALUE_FILE), "stands beside value; say one");
                  } else if (!value && !file && !settings.get(ACTION).equals("delete")) {
                    at.error(settings.origin(), "lacks a value; say value or value_file");
                  }
                });

    private Header() {}
  }

  public static final Key<List<Settings>> HEADERS =
      Key.of(
              "headers",
              Types.listOf(Types.section(Header.SECTION)),
              "What is done to the headers of requests, one after the other.")
          .mandatory();

  static final Declaration DECLARATION =
      Declaration.extension(
          "headers_setter",
          Section.of(HEADERS, NotYet.key("additional_auth")),
          "Headers for the exporters whose auth::authenticator names it, such as a tenant's.",
          """
          headers:
            - {key: X-Scope-OrgID, value: shop}
            - {key: X-Api-Key, value_file: /run/secrets/api-key}
          """);

  private HeadersSetterConfig() {}
}
