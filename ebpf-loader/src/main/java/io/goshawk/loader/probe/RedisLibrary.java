// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.RedisLayout;
import io.goshawk.abi.RedisOperation;

/**
 * go-redis, at the methods of a client that its hooks lead to: they are method values, functions of
 * their own which no compiler puts into their callers.
 */
final class RedisLibrary {

  static final Operation COMMAND = new Operation("redis_command", "command to Redis");

  private static final String MODULE = "github.com/redis/go-redis/v9";
  private static final String PACKAGE = MODULE + ".";

  private static final String ALL = "any command";
  private static final String OWN = "which commands are the client's own";
  private static final String SERVER = "server.address";

  static final ProbedLibrary ENTRY =
      ProbedLibrary.library(MODULE, MapLayout.REDIS_LAYOUT, RedisLayout.FIELDS)
          .records(RecordType.RECORD_REDIS)
          .typesOf("error")
          .row(commands())
          .row(
              RuntimeLibrary.panics("redis", "command to Redis", VersionRange.ALL)
                  .relevantWith(PACKAGE + "(*baseClient).process-fm"))
          .itab(
              "error_itab",
              MODULE + "/internal/proto.RedisError",
              "error",
              "db.response.status_code, and that redis.Nil is no error")
          .itab(
              "single_pool_itab",
              "*" + MODULE + "/internal/pool.SingleConnPool",
              MODULE + "/internal/pool.Pooler",
              OWN)
          .field("client_pool", PACKAGE + "baseClient", "connPool", OWN)
          .field("client_opt", PACKAGE + "baseClient", "opt", SERVER)
          .field("opt_addr", PACKAGE + "Options", "Addr", SERVER)
          .field("opt_database", PACKAGE + "Options", "DB", "db.namespace")
          .field("command_args", PACKAGE + "baseCmd", "args", ALL)
          .field("command_err", PACKAGE + "baseCmd", "err", "which command of a pipeline failed")
          .build();

  private RedisLibrary() {}

  private static CatalogueRow.Builder commands() {
    CatalogueRow.Builder row =
        row("redis")
            .gives("a span for each command, pipeline and transaction of go-redis")
            .without("commands to Redis have no span")
            .needsRuntime("g_goid")
            .needs("command_args", "error_itab", "single_pool_itab", "client_pool")
            .uses("client_opt", "opt_addr", "opt_database", "command_err")
            .usesRuntime(RuntimeLibrary.errorMembers())
            .usesRuntime(RuntimeLibrary.PARENTS);
    String client = "(*baseClient).";
    String cluster = "(*ClusterClient).";
    add(row, client + "process", RedisOperation.REDIS_COMMAND);
    add(row, client + "processPipeline", RedisOperation.REDIS_PIPELINE);
    add(row, client + "processTxPipeline", RedisOperation.REDIS_TRANSACTION);
    add(row, cluster + "processPipeline", RedisOperation.REDIS_CLUSTER_PIPELINE);
    add(row, cluster + "processTxPipeline", RedisOperation.REDIS_CLUSTER_TRANSACTION);
    return row;
  }

  private static void add(CatalogueRow.Builder row, String method, RedisOperation operation) {
    String function = PACKAGE + method + "-fm";
    ProbePoint.Builder start =
        start("redis_start").at(function, VersionRange.ALL, operation.value()).arguments(4);
    ProbePoint.Builder end = end("redis_end").at(function).atReturns();
    if (operation == RedisOperation.REDIS_COMMAND) {
      row.probe(start.oncePer(COMMAND)).probe(end.oncePer(COMMAND));
    } else {
      row.probe(start.whereItIs()).probe(end.whereItIs());
    }
  }
}
