// Who starts when: a goroutine.
package main

import (
	"fmt"
	"strings"
	"sync"
)

func main() {
	var mu sync.Mutex
	var events []string
	begun := make(chan struct{})
	value := make(chan int, 1)
	work := func() {
		mu.Lock()
		events = append(events, "begins")
		mu.Unlock()
		close(begun)
		value <- 42
	}

	// Whether it begins before the statement is over is chance. The caller
	// holds the lock meanwhile, so that each run notes the same.
	mu.Lock()
	events = append(events, "call")
	go work()
	events = append(events, "returns")
	mu.Unlock()

	<-begun // It never would be, if it had to be asked for its value first.
	events = append(events, "awaits")
	result := <-value
	events = append(events, "value")
	fmt.Printf("result=%d events=%s\n", result, strings.Join(events, ","))
}
