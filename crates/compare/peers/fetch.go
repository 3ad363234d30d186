// Fetch all pages and throw them away: one client, so many requests at once.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func fetch(client *http.Client, url string) (int64, error) {
	response, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.Copy(io.Discard, response.Body)
}

func main() {
	list, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	atOnce, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	start := time.Now()
	client := &http.Client{
		Timeout:   20 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: atOnce},
	}
	urls := make(chan string)
	var bytes atomic.Int64
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for url := range urls {
				count, err := fetch(client, url)
				if err != nil {
					panic(err)
				}
				bytes.Add(count)
			}
		})
	}
	for url := range strings.Lines(string(list)) {
		urls <- strings.TrimSpace(url)
	}
	close(urls)
	wg.Wait()
	seconds := time.Since(start).Seconds()
	fmt.Printf("seconds=%.6f result=%d\n", seconds, bytes.Load())
}
