package io.goshawk.loader.probe;

/** A protocol whose cost in traps per request is reported. */
public enum Protocol {
  HTTP_1("HTTP/1"),
  HTTP_2("HTTP/2");

  private final String text;

  Protocol(String text) {
    this.text = text;
  }

  /** As people write it. */
  public String text() {
    return text;
  }
}
