// Fetch all pages and index them: one client, one map under a mutex.
package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"
)

type posting struct {
	document  uint32
	positions []uint32
}

type index struct {
	mu      sync.Mutex
	terms   map[string][]posting
	lengths []uint64
}

func (ix *index) add(document int, found map[string][]uint32, count uint32) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.lengths[document] = uint64(count)
	for word, positions := range found {
		here := posting{uint32(document), positions}
		ix.terms[word] = append(ix.terms[word], here)
	}
}

// result is every word with how often it occurs, and every document with its
// length.
func (ix *index) result() string {
	var words, checksum uint64
	for word, list := range ix.terms {
		count := uint64(0)
		for _, p := range list {
			count += uint64(len(p.positions))
		}
		words += count
		checksum += uint64(crc32.ChecksumIEEE([]byte(word))) * count
	}
	for nth, length := range ix.lengths {
		checksum += uint64(nth+1) * length
	}
	documents, terms := len(ix.lengths), len(ix.terms)
	return fmt.Sprintf("%d/%d/%d/%016x", documents, terms, words, checksum)
}

func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// digest returns the positions of each word of a page, and how many words it
// has.
func digest(page []byte) (map[string][]uint32, uint32) {
	found := make(map[string][]uint32)
	count := uint32(0)
	hidden := ""
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return found, count
		case html.StartTagToken:
			name, _ := tokens.TagName()
			switch string(name) {
			case "script", "style", "noscript":
				if hidden == "" {
					hidden = string(name)
				}
			}
		case html.EndTagToken:
			if name, _ := tokens.TagName(); string(name) == hidden {
				hidden = ""
			}
		case html.TextToken:
			if hidden != "" {
				continue
			}
			text := tokens.Text()
			for at := 0; at < len(text); {
				start := at
				for at < len(text) && isWord(text[at]) {
					at++
				}
				if start == at {
					at++
					continue
				}
				// The tokenizer's buffer is ours until its next token.
				word := text[start:at]
				for i, b := range word {
					if 'A' <= b && b <= 'Z' {
						word[i] = b + 'a' - 'A'
					}
				}
				found[string(word)] = append(found[string(word)], count)
				count++
			}
		}
	}
}

func fetch(client *http.Client, url string) ([]byte, error) {
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

func main() {
	list, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	urls := strings.Fields(string(list))
	atOnce, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}

	start := time.Now()
	client := &http.Client{
		Timeout:   20 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: atOnce},
	}
	ix := &index{
		terms:   make(map[string][]posting),
		lengths: make([]uint64, len(urls)),
	}
	documents := make(chan int)
	computing := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for document := range documents {
				page, err := fetch(client, urls[document])
				if err != nil {
					panic(err)
				}
				computing <- struct{}{}
				found, count := digest(page)
				ix.add(document, found, count)
				<-computing
			}
		})
	}
	for document := range urls {
		documents <- document
	}
	close(documents)
	wg.Wait()
	seconds := time.Since(start).Seconds()
	fmt.Printf("seconds=%.6f result=%s\n", seconds, ix.result())
}
