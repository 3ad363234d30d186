// Many goroutines that wait for one signal at the same time.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// resident returns the memory of this process, in bytes.
func resident() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kibibytes, _ := strconv.Atoi(strings.Fields(after)[0])
	return kibibytes * 1024
}

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	before, start := resident(), time.Now()
	var waiting, done sync.WaitGroup
	signal := make(chan struct{})
	var ended atomic.Int64
	waiting.Add(count)
	for range count {
		done.Go(func() {
			waiting.Done()
			<-signal
			ended.Add(1)
		})
	}
	waiting.Wait()
	started := time.Since(start)
	each := (resident() - before) / count
	close(signal)
	done.Wait()
	seconds := time.Since(start).Seconds()
	fmt.Printf("seconds=%.6f start=%.6f each=%d result=%d\n",
		seconds, started.Seconds(), each, ended.Load())
}
