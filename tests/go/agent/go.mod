module goshawk.test/agent

go 1.24
