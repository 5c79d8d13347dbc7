package io.goshawk.loader.target;

import io.goshawk.loader.rights.Right;
import io.goshawk.loader.rights.Rights;

/** What became of the wish to look at one process. */
public sealed interface ProcessLookup {

  /** It runs. */
  record Found(TargetProcess process) implements ProcessLookup {}

  /** It cannot be looked at. */
  sealed interface Missing extends ProcessLookup {
    int pid();

    /** One sentence for the user: what is wrong and what mends it. */
    String message();
  }

  /** No process has this id. */
  record NoSuchProcess(int pid) implements Missing {
    @Override
    public String message() {
      return "no process has the id " + pid + "; it may have exited";
    }
  }

  /** The id is that of a thread. */
  record NotAProcess(int pid, int threadGroup) implements Missing {
    @Override
    public String message() {
      return pid + " is a thread of process " + threadGroup + "; give --pid " + threadGroup;
    }
  }

  /** A kernel thread, or a process that has exited and was not waited for yet. */
  record NoExecutable(int pid, String name) implements Missing {
    @Override
    public String message() {
      return "process "
          + pid
          + " ("
          + name
          + ") has no executable: it is a kernel thread or has just exited";
    }
  }

  /** The kernel refuses to show it. */
  record Denied(int pid, String file) implements Missing {
    @Override
    public String message() {
      return "not allowed to read " + file + "; " + Rights.own().mend(Right.SYS_PTRACE);
    }
  }
}
