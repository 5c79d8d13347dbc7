// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The receiver {@code goshawk}: the kernel, and what it sees of running Go services. */
public final class GoshawkReceiverConfig {

  /** {@code include}: which processes are traced. */
  public static final class Include {
    public static final Key<List<Long>> PIDS =
        Key.of("pids", Types.listOf(Types.whole(1, Integer.MAX_VALUE)), "These processes.");
    public static final Key<List<String>> EXECUTABLES =
        Key.of(
            "executables",
            Types.listOf(Types.text()),
            "Every process whose executable fits, now and later: checkout* is compared with the"
                + " file name, /opt/shop/* with the whole path.");
    public static final Key<List<String>> PORTS =
        Key.of(
            "ports",
            Types.listOf(Types.text()),
            "Every process that listens on one of these TCP ports, now and later: 8080 or"
                + " 9000-9010.");
    public static final Key<List<String>> CGROUPS =
        Key.of(
            "cgroups",
            Types.listOf(Types.text()),
            "Every process whose cgroup, as /proc/PID/cgroup shows it, fits, now and later:"
                + " checkout.service is compared with the last name in it, /system.slice/shop* with"
                + " the whole path.");
    public static final Key<List<String>> CONTAINERS =
        Key.of(
            "containers",
            Types.listOf(Types.containerId()),
            "Every process of these containers, now and later, by their ids as container.id has"
                + " them, or by the ids' beginnings.");
    public static final Key<List<String>> SERVICE_NAMES =
        Key.of(
            "service_names",
            Types.listOf(Types.text()),
            "Every process whose spans have a service.name that fits, now and later: shop-*.");

    private Include() {}
  }

  /** {@code exclude}: which processes are not traced. */
  public static final class Exclude {
    public static final Key<List<Long>> PIDS =
        Key.of("pids", Types.listOf(Types.whole(1, Integer.MAX_VALUE)), "These processes.");
    public static final Key<List<String>> EXECUTABLES =
        Key.of(
            "executables",
            Types.listOf(Types.text()),
            "Every process whose executable fits, as in include.");
    public static final Key<List<String>> PORTS =
        Key.of(
            "ports",
            Types.listOf(Types.text()),
            "Every process that listens on one of these TCP ports.");
    public static final Key<List<String>> CGROUPS =
        Key.of(
            "cgroups",
            Types.listOf(Types.text()),
            "Every process whose cgroup fits, as in include.");
    public static final Key<List<String>> CONTAINERS =
        Key.of(
            "containers",
            Types.listOf(Types.containerId()),
            "Every process of these containers, as in include.");
    public static final Key<List<String>> SERVICE_NAMES =
        Key.of(
            "service_names",
            Types.listOf(Types.text()),
            "Every process whose service.name fits, as in include.");

    private Exclude() {}
  }

  /** {@code rows}: which groups of probes there are. */
  public static final class Rows {

    /** All, by the names that {@code inspect} shows. */
    public static final List<Key<Boolean>> ALL =
        List.of(
            row("http.server", "Spans of requests that HTTP servers answer."),
            row(
                "http.route",
                "The attribute http.route behind middleware that hands a copy of the request on."),
            row("http.client", "Spans of requests that HTTP clients send."),
            timing("http.client.dial", "How long a client's request waited for a connection"),
            row("sql", "Spans of calls to database/sql."),
            timing("sql.wait", "How long a call waited for a connection that others used"),
            row("sql.rows", "How long rows were held open, and errors while they are read."),
            row("pgx", "Spans of pgx."),
            row(
                "pgx.pool",
                "How long calls to pgx waited for a connection, and spans of those that got none."),
            row("redis", "Spans of go-redis."),
            row("franz.send", "Spans of messages that franz-go sends."),
            row(
                "franz.poll",
                "Spans of franz-go's polls, with links to who has sent the messages."),
            row("kafka-go.send", "Spans of calls by which kafka-go sends messages."),
            row("kafka-go.fetch", "Spans of messages that kafka-go receives."),
            row("mongo", "Spans of commands of MongoDB's driver."),
            row("grpc.server", "Spans of calls that gRPC servers answer."),
            row("grpc.client", "Spans of calls that gRPC clients make."));

    private Rows() {}

    private static Key<Boolean> row(String name, String gives) {
      return Key.of(name, Types.bool(), gives).or("true");
    }

    /** One that tells where time went and nothing else: a level of attribution has it on or off. */
    private static Key<Boolean> timing(String name, String gives) {
      return Key.of(
          name, Types.bool(), gives + "; where this says nothing, attribution::level does.");
    }
  }

  /** {@code attribution}: how much spans say of where their time went. */
  public static final class Attribution {

    /** Each has what those before it have. */
    public static final Key<String> LEVEL =
        Key.of(
                "level",
                Types.word("none", "calls"),
                "With calls, what calls waited for before they were sent: a connection that was made,"
                    + " or that others used. With none the rows that tell nothing else are off, and"
                    + " take no traps; those that bring spans or errors besides stay, and say it"
                    + " still.")
            .or("calls");

    private Attribution() {}
  }

  /** {@code sampling}: which traces begin. */
  public static final class Sampling {
    public static final Key<String> SAMPLER =
        Key.of(
                "sampler",
                Types.word(
                    "always_on",
                    "always_off",
                    "traceidratio",
                    "parentbased_always_on",
                    "parentbased_always_off",
                    "parentbased_traceidratio"),
                "Who decides, by the names of OTEL_TRACES_SAMPLER.")
            .or("parentbased_always_on");
    public static final Key<Double> RATIO =
        Key.of("ratio", Types.real(0, 1), "The share of traces that the ratio samplers take.")
            .or("1");

    private Sampling() {}
  }

  /** {@code http}: what spans of HTTP say. */
  public static final class Http {
    public static final Key<List<String>> KNOWN_METHODS =
        Key.of(
            "known_methods",
            Types.listOf(Types.text()),
            "Methods that spans name as they are, in place of those of the RFCs; others are _OTHER.");
    public static final Key<List<String>> REDACT_QUERY_KEYS =
        Key.of(
            "redact_query_keys",
            Types.listOf(Types.text()),
            "Query parameters whose values spans do not show, besides token, password and the"
                + " like.");

    private Http() {}
  }

  /** {@code rpc}: what spans of remote calls say. */
  public static final class Rpc {
    public static final Key<String> CONVENTIONS =
        Key.of(
                "conventions",
                Types.word("stable", "dup"),
                "The stable ones, or those with the attributes from before besides: rpc.system,"
                    + " rpc.service, rpc.grpc.status_code.")
            .or("stable");

    private Rpc() {}
  }

  /** {@code headers}: whose values become attributes of spans. */
  public static final class Headers {

    /** What the kernel programs compare; longer names are hardly headers. */
    private static final int MOST_LETTERS = 60;

    public static final Key<List<String>> SERVER_REQUEST =
        names("server_request", "Of requests to HTTP servers: http.request.header.NAME.");
    public static final Key<List<String>> SERVER_RESPONSE =
        names(
            "server_response",
            "Of their responses, as handlers have set them: http.response.header.NAME.");
    public static final Key<List<String>> CLIENT_REQUEST =
        names(
            "client_request",
            "Of requests of HTTP clients, as the application has set them:"
                + " http.request.header.NAME.");
    public static final Key<List<String>> CLIENT_RESPONSE =
        names("client_response", "Of responses to them: http.response.header.NAME.");
    public static final Key<List<String>> RPC_SERVER_REQUEST =
        names(
            "rpc_server_request",
            "Of the metadata of calls to gRPC servers: rpc.request.metadata.NAME.");
    public static final Key<List<String>> RPC_CLIENT_REQUEST =
        names(
            "rpc_client_request",
            "Of the metadata of calls of gRPC clients: rpc.request.metadata.NAME.");
    public static final Key<List<String>> RPC_SERVER_RESPONSE =
        names(
            "rpc_server_response",
            "Of the metadata that gRPC servers' handlers have set, header and trailer:"
                + " rpc.response.metadata.NAME.");
    public static final Key<List<String>> RPC_CLIENT_RESPONSE =
        names(
            "rpc_client_response",
            "Of the metadata that has come to gRPC clients, header and trailer:"
                + " rpc.response.metadata.NAME.");
    public static final Key<List<GoPattern>> REDACT =
        Key.of(
            "redact",
            Types.listOf(Types.pattern()),
            "Regular expressions: of headers that one of them fits, in any case, REDACTED is all"
                + " that is told, as it is of authorization, cookie, set-cookie,"
                + " proxy-authorization and x-api-key.");

    private Headers() {}

    private static Key<List<String>> names(String key, String description) {
      return Key.of(key, Types.listOf(Types.headerName(MOST_LETTERS)), description);
    }
  }

  /** {@code sql}: what spans of database calls say. */
  public static final class Sql {
    public static final Key<String> TEXT =
        Key.of(
                "text",
                Types.word("masked", "raw", "none"),
                "The text of queries: with a question mark for each literal, as it is, or left"
                    + " out.")
            .or("masked");
    public static final Key<Long> TEXT_LIMIT =
        Key.of(
                "text_limit",
                Types.whole(1, 2048),
                "Characters of a text that are shown; of longer ones goshawk.db.query.length says"
                    + " how long they were.")
            .or("2048");

    public static final Key<String> SLOW =
        Key.of(
                "slow",
                Types.word("off", "mean", "limit"),
                "Whether the less is told of a call the less it is slow. mean: above 1.8 times what"
                    + " calls of its statement take, all; above 1.3 times, its text without"
                    + " literals; else its summary. limit: from slow_limit on, all; else its"
                    + " summary.")
            .or("off");
    public static final Key<Duration> SLOW_LIMIT =
        Key.of(
                "slow_limit",
                Types.duration(),
                "From how long on a call is slow, with the limit; 35 minutes at most.")
            .or("100ms");

    private Sql() {}
  }

  /** {@code limits}: the most that a span may carry. */
  public static final class Limits {
    public static final Key<Long> ATTRIBUTES =
        Key.of("attributes", Types.count(), "Attributes of a span.").or("128");
    public static final Key<Long> ATTRIBUTE_VALUE_LENGTH =
        Key.of(
            "attribute_value_length",
            Types.count(),
            "Characters of a text value; without it as many as there are.");

    private Limits() {}
  }

  /** {@code quotas}: the most that a process may bring. */
  public static final class Quotas {

    public static final Key<Long> SPANS_PER_SECOND =
        Key.of(
            "spans_per_second",
            Types.whole(1, Integer.MAX_VALUE),
            "Spans a second, and so many at once after a quiet second; without it any number.");
    public static final Key<Long> BYTES_PER_SECOND =
        Key.of(
            "bytes_per_second",
            Types.whole(1, Long.MAX_VALUE),
            "Bytes a second, as the kernel's records have them: some hundred a span; without it any"
                + " number.");
    public static final Key<Long> OPEN_SHARE =
        Key.of(
                "open_share",
                Types.whole(1, 100),
                "Percent of the kernel's tables of open spans that a process may fill; spans that"
                    + " have no room in it are lost, and counted.")
            .or("75");

    /** The rows that make spans, of which a process may have quotas. */
    public static final List<Key<Settings>> ROWS =
        List.of(
            row("http.server", "Requests that HTTP servers answer."),
            row("http.client", "Requests that HTTP clients send."),
            row("sql", "Calls to database/sql."),
            row("pgx", "Calls of pgx."),
            row("redis", "Commands of go-redis."),
            row("franz", "What franz-go sends and polls."),
            row("kafka-go", "What kafka-go sends and fetches."),
            row("mongo", "Commands of MongoDB's driver."),
            row("grpc.server", "Calls that gRPC servers answer."),
            row("grpc.client", "Calls that gRPC clients make."));

    public static final Key<Settings> OF_ROWS =
        Key.of(
            "rows",
            Types.section(Section.of(ROWS.toArray(new Key<?>[0]))),
            "Of spans of one row, besides what counts for all of the process.");

    private Quotas() {}

    private static Key<Settings> row(String name, String what) {
      return Key.of(name, Types.section(Section.of(SPANS_PER_SECOND, BYTES_PER_SECOND)), what);
    }
  }

  /** {@code breaker}: what rows may cost. */
  public static final class Breaker {
    public static final Key<Double> CPU_PERCENT =
        Key.of(
            "cpu_percent",
            Types.real(0.01, 100),
            "The budget: of the CPU time that the processes of a binary use, so many percent may be"
                + " its probes'. Without it there is no breaker.");
    public static final Key<Duration> WINDOW =
        Key.of(
                "window",
                Types.duration(Duration.ofSeconds(1)),
                "How long is measured before it is decided. Rows go once two windows in a row are"
                    + " over the budget.")
            .or("10s");
    public static final Key<Duration> RETRY_AFTER =
        Key.of(
                "retry_after",
                Types.duration(Duration.ofSeconds(1)),
                "When a row comes back. One that goes again before it has stayed for as long as it"
                    + " was away comes back after twice that time, up to 16 times this.")
            .or("1m");

    private Breaker() {}
  }

  public static final Key<Settings> INCLUDE =
      Key.of(
          "include",
          Types.section(
              Section.of(
                  Include.PIDS,
                  Include.EXECUTABLES,
                  Include.PORTS,
                  Include.CGROUPS,
                  Include.CONTAINERS,
                  Include.SERVICE_NAMES)),
          "Which processes are traced: any that one of the criteria names.");
  public static final Key<Settings> EXCLUDE =
      Key.of(
          "exclude",
          Types.section(
              Section.of(
                  Exclude.PIDS,
                  Exclude.EXECUTABLES,
                  Exclude.PORTS,
                  Exclude.CGROUPS,
                  Exclude.CONTAINERS,
                  Exclude.SERVICE_NAMES)),
          "Which processes are not traced, whatever include says of them.");
  public static final Key<Settings> ROWS =
      Key.of(
          "rows",
          Types.section(Section.of(Rows.ALL.toArray(new Key<?>[0]))),
          "Groups of probes, by the names that inspect shows: what is false takes no traps, and those"
              + " that need it are off with it.");
  public static final Key<String> SERVICE_NAME =
      Key.of(
          "service_name",
          Types.text(),
          "Name of the services; by default each process's own OTEL_SERVICE_NAME, else the name of"
              + " its Go program.");
  public static final Key<Map<String, String>> RESOURCE_ATTRIBUTES =
      Key.of(
          "resource_attributes",
          Types.mapOf(Types.text()),
          "Attributes of every resource that does not have them by itself.");
  public static final Key<Settings> SAMPLING =
      Key.of(
          "sampling",
          Types.section(Section.of(Sampling.SAMPLER, Sampling.RATIO)),
          "Which traces begin, decided before anything of them is recorded.");
  public static final Key<Settings> HTTP =
      Key.of(
          "http",
          Types.section(Section.of(Http.KNOWN_METHODS, Http.REDACT_QUERY_KEYS)),
          "What spans of HTTP say.");
  public static final Key<Settings> RPC =
      Key.of("rpc", Types.section(Section.of(Rpc.CONVENTIONS)), "What spans of remote calls say.");
  public static final Key<Settings> HEADERS =
      Key.of(
          "headers",
          Types.section(
              Section.of(
                  Headers.SERVER_REQUEST,
                  Headers.SERVER_RESPONSE,
                  Headers.CLIENT_REQUEST,
                  Headers.CLIENT_RESPONSE,
                  Headers.RPC_SERVER_REQUEST,
                  Headers.RPC_CLIENT_REQUEST,
                  Headers.RPC_SERVER_RESPONSE,
                  Headers.RPC_CLIENT_RESPONSE,
                  Headers.REDACT)),
          "Headers whose values become attributes, by their names in any case; none by default.");
  public static final Key<Settings> SQL =
      Key.of(
          "sql",
          Types.section(Section.of(Sql.TEXT, Sql.TEXT_LIMIT, Sql.SLOW, Sql.SLOW_LIMIT)),
          "What spans of database calls say.");
  public static final Key<Settings> ATTRIBUTION =
      Key.of(
          "attribution",
          Types.section(Section.of(Attribution.LEVEL)),
          "How much spans say of where their time went. A row that rows names is on or off by that,"
              + " at any level.");
  public static final Key<Settings> LIMITS =
      Key.of(
          "limits",
          Types.section(Section.of(Limits.ATTRIBUTES, Limits.ATTRIBUTE_VALUE_LENGTH)),
          "The most that a span may carry.");
  public static final Key<Settings> QUOTAS =
      Key.of(
          "quotas",
          Types.section(
              Section.of(
                  Quotas.SPANS_PER_SECOND,
                  Quotas.BYTES_PER_SECOND,
                  Quotas.OPEN_SHARE,
                  Quotas.OF_ROWS)),
          "The most that each process may bring: what is over a quota becomes no span, is counted"
              + " and said in the log. A trace may lack spans in its middle then.");
  public static final Key<Settings> BREAKER =
      Key.of(
          "breaker",
          Types.section(Section.of(Breaker.CPU_PERCENT, Breaker.WINDOW, Breaker.RETRY_AFTER)),
          "Turns the dearest rows of a binary off while its probes cost more than a budget, by an"
              + " estimate: hits, times what each took and what a trap takes besides.");
  public static final Key<Boolean> PARENT_SOURCE =
      Key.of(
              "parent_source",
              Types.bool(),
              "Each span says in goshawk.parent.source how its parent was found.")
          .or("false");

  static final Declaration DECLARATION =
      Declaration.receiver(
          "goshawk",
          Set.of(Signal.TRACES),
          Section.of(
              INCLUDE,
              EXCLUDE,
              SERVICE_NAME,
              RESOURCE_ATTRIBUTES,
              SAMPLING,
              HTTP,
              RPC,
              HEADERS,
              SQL,
              ATTRIBUTION,
              LIMITS,
              QUOTAS,
              BREAKER,
              PARENT_SOURCE,
              ROWS),
          "Traces running Go services from the Linux kernel. They are not changed, restarted or"
              + " stopped.",
          """
          include:
            executables: ['/opt/shop/*']
            ports: [8080, 9000-9010]
          """);

  private GoshawkReceiverConfig() {}
}
