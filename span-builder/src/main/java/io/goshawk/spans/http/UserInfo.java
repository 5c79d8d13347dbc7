// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

/**
 * Takes credentials out of URLs that stand anywhere in a text: {@code /proxy/http://me:pw@host/x}
 * becomes {@code /proxy/http://REDACTED@host/x}, and so where the URL is escaped, as a parameter of
 * a query is.
 */
final class UserInfo {
  private UserInfo() {}

  /**
   * What is before the last {@code @} of each authority is replaced; in time linear to the text.
   *
   * @param cut whether more text followed: an authority whose end is not there is left out, as it
   *     may be all credentials
   */
  static String hide(String text, boolean cut) {
    StringBuilder hidden = new StringBuilder(text.length());
    int kept = 0;
    int authority = -1;
    int at = -1;
    int i = 0;
    while (i < text.length()) {
      char c = unescaped(text, i);
      int next = i + width(text, i, c);
      if (c == '/' && next < text.length() && unescaped(text, next) == '/') {
        kept = replace(text, kept, authority, at, hidden);
        next += width(text, next, '/');
        authority = next;
      } else if (c == '/' || c == '?' || c == '#' || c == '&') {
        kept = replace(text, kept, authority, at, hidden);
        authority = -1;
      } else if (c == '@') {
        at = i;
      }
      i = next;
    }
    if (cut && authority >= 0) {
      return hidden.append(text, kept, authority).toString();
    }
    kept = replace(text, kept, authority, at, hidden);
    return hidden.append(text, kept, text.length()).toString();
  }

  /** Appends what was kept until an authority and, if it has credentials, what stands for them. */
  private static int replace(String text, int kept, int authority, int at, StringBuilder hidden) {
    if (authority < 0 || at <= authority) {
      return kept;
    }
    hidden.append(text, kept, authority).append(QueryRedaction.REDACTED);
    return at;
  }

  /** The character that is or is escaped there, if it is one that delimits the parts of a URL. */
  private static char unescaped(String text, int i) {
    char c = text.charAt(i);
    if (c != '%' || i + 2 >= text.length()) {
      return c;
    }
    int value =
        Character.digit(text.charAt(i + 1), 16) * 16 + Character.digit(text.charAt(i + 2), 16);
    return "/?#@".indexOf(value) >= 0 ? (char) value : c;
  }

  private static int width(String text, int i, char unescaped) {
    return text.charAt(i) == unescaped ? 1 : 3;
  }
}
