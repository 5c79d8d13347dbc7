// SPDX-License-Identifier: Apache-2.0

// Command kafkabroker is a Kafka for tests, with topics that are empty: it prints where it listens, and serves.
package main

import (
	"fmt"
	"log"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.ClusterID("tGq3vS0kQ1u8m2cYw7ZxEA"),
		kfake.SeedTopics(1, "orders", "refunds", "given", "group", "many", "race"),
		kfake.SeedTopics(4, "spread"),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cluster.ListenAddrs()[0])
	select {}
}
