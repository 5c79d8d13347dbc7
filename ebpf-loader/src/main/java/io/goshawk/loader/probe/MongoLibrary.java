// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.MongoLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.probe.ErrorWrappers.Wrapper;
import java.util.List;

/**
 * MongoDB's driver, at the one function by which it executes operations, and at that by which these
 * write to a connection. Both defer, so no compiler puts them into their callers.
 */
final class MongoLibrary {

  static final Operation COMMAND = new Operation("mongo_command", "command to MongoDB");

  private static final String MODULE = "go.mongodb.org/mongo-driver/v2";
  private static final String DRIVER = MODULE + "/x/mongo/driver.";
  private static final String TOPOLOGY = MODULE + "/x/mongo/driver/topology.";

  private static final String OPERATION = DRIVER + "Operation";
  private static final String WRITE_ERROR = DRIVER + "WriteCommandError";

  private static final String SERVER = "server.address";
  private static final String CODE = "db.response.status_code";
  private static final String OWN = "which operations are the driver's own";

  /**
   * The operation lies behind the return address there, where the site is the push of the frame
   * pointer: older compilers make room in the stack first.
   */
  private static final VersionRange GO = VersionRange.of("go").from("1.21");

  /** As many as {@code struct mongo_layout} has room for. */
  private static final ErrorWrappers WRAPPERS =
      new ErrorWrappers(
          "wrappers",
          List.of(
              new Wrapper(DRIVER + "Error", "Wrapped"),
              new Wrapper(TOPOLOGY + "ServerSelectionError", "Wrapped"),
              new Wrapper(TOPOLOGY + "ConnectionError", "Wrapped"),
              new Wrapper(TOPOLOGY + "WaitQueueTimeoutError", "Wrapped")));

  static final ProbedLibrary ENTRY = entry();

  private MongoLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library(MODULE, MapLayout.MONGO_LAYOUT, MongoLayout.FIELDS)
            .records(RecordType.RECORD_MONGO)
            .typesOf("error")
            .row(commands())
            .row(
                RuntimeLibrary.panics("mongo", "command to MongoDB", VersionRange.ALL)
                    .relevantWith(DRIVER + "Operation.Execute"))
            .itabIfAny("error_itab", DRIVER + "Error", "error", CODE)
            .itabIfAny("write_error_itab", WRITE_ERROR, "error", CODE)
            .itab(
                "single_connection_itab",
                DRIVER + "SingleConnectionDeployment",
                DRIVER + "Deployment",
                OWN)
            .field("operation_database", OPERATION, "Database", "db.namespace")
            .field("operation_deployment", OPERATION, "Deployment", OWN)
            .field("operation_name", OPERATION, "Name", "the name of what is never sent")
            .field("connection_inner", TOPOLOGY + "Connection", "connection", SERVER)
            .field("connection_address", TOPOLOGY + "connection", "addr", SERVER)
            .fieldOf("error_itab", "error_code", DRIVER + "Error", "Code", CODE)
            .fieldOf("write_error_itab", "write_errors", WRITE_ERROR, "WriteErrors", CODE)
            .fieldOf("write_error_itab", "write_error_code", DRIVER + "WriteError", "Code", CODE)
            .fieldOf("write_error_itab", "concern_error", WRITE_ERROR, "WriteConcernError", CODE)
            .fieldOf(
                "write_error_itab",
                "concern_error_code",
                DRIVER + "WriteConcernError",
                "Code",
                CODE);
    WRAPPERS.addTo(library);
    return library.build();
  }

  private static CatalogueRow.Builder commands() {
    String execute = DRIVER + "Operation.Execute";
    return row("mongo")
        .gives("a span for each command of MongoDB's driver")
        .without("commands to MongoDB have no span")
        .needsRuntime("g_goid")
        .needs("operation_database", "operation_deployment", "single_connection_itab")
        .uses(
            "operation_name",
            "connection_inner",
            "connection_address",
            "error_itab",
            "error_code",
            "write_error_itab",
            "write_errors",
            "write_error_code",
            "concern_error",
            "concern_error_code")
        .uses(WRAPPERS.members())
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .probe(start("mongo_start").at(execute, GO, 0).arguments(2).oncePer(COMMAND))
        .probe(
            observe("mongo_attempt")
                .at(TOPOLOGY + "(*Connection).Write")
                .arguments(5)
                .oncePer(COMMAND))
        .probe(end("mongo_end").at(execute, GO, 0).atReturns().oncePer(COMMAND));
  }
}
