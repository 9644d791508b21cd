// Judge holds what Relais publishes to code that Relais did not write.
//
//	judge proof POLICY PROOF…   torchwood: proofs of the entries that come with them, under a policy
//	judge tiles VKEY LOG…       Tessera's fsck: every file of logs, in folders or at addresses, under a key
//	judge log POLICY FOLDER…    Tessera's own log in a folder, with the witnesses of a policy; its key in FOLDER.key
//
// A line for each: "accepted …" or "refused …". The exit code is 0 if it could ask, whatever the answers.
// It calls the package and not the program fsck, which at v1.0.4 ends with 0 on a log that it found corrupt.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"filippo.io/torchwood"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	workers  = 4 // with one, fsck waits for ever
	patience = 60 * time.Second
	shown    = 300 // of what fsck says: it prints whole tiles

	steps       = 5 // checkpoints of a log of Tessera's
	step        = 100 * time.Millisecond
	unwitnessed = 6 * time.Second // that it waits for its witnesses
)

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: judge proof POLICY PROOF… | judge tiles VKEY LOG… | judge log POLICY FOLDER…"))
	}
	judges := map[string]func(string) (func(string) (string, error), error){
		"proof": proofs, "tiles": tiles, "log": logs,
	}
	open, known := judges[os.Args[1]]
	if !known {
		fail(fmt.Errorf("no judge of %q", os.Args[1]))
	}
	rule, err := os.ReadFile(os.Args[2])
	if err != nil {
		fail(err)
	}
	judge, err := open(string(rule))
	if err != nil {
		fail(err)
	}
	for _, given := range os.Args[3:] {
		if answer, err := judge(given); err != nil {
			said := strings.ReplaceAll(err.Error(), "\n", " ")
			fmt.Println("refused", said[:min(len(said), shown)])
		} else {
			fmt.Println("accepted", answer)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

func proofs(rule string) (func(string) (string, error), error) {
	policy, err := torchwood.ParsePolicy([]byte(rule))
	return func(path string) (string, error) {
		proof, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		entry, err := torchwood.ProofExtraData(proof)
		if err != nil {
			return "", err
		}
		return "entry", torchwood.VerifyProof(policy, tlog.RecordHash(entry), proof)
	}, err
}

func tiles(vkey string) (func(string) (string, error), error) {
	verifier, err := fnote.NewVerifier(strings.TrimSpace(vkey))
	return func(place string) (string, error) {
		fetcher := &client.FileFetcher{Root: place}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		checked := make(chan error, 1)
		go func() {
			checked <- fsck.New(verifier.Name(), verifier, fetcher, leaves, fsck.Opts{N: workers}).Check(ctx)
		}()
		select {
		case err = <-checked:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return "", err
		}
		return head(ctx, fetcher, verifier)
	}, err
}

// logs grows a log in several steps; Tessera publishes none that its witnesses have not cosigned.
func logs(rule string) (func(string) (string, error), error) {
	group, err := tessera.NewWitnessGroupFromPolicy([]byte(rule))
	return func(folder string) (string, error) {
		secret, err := os.ReadFile(folder + ".key")
		if err != nil {
			return "", err
		}
		signer, err := note.NewSigner(strings.TrimSpace(string(secret)))
		if err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(context.Background(), unwitnessed)
		defer cancel()
		return grown(ctx, folder, signer, group)
	}, err
}

func grown(ctx context.Context, folder string, signer note.Signer, group tessera.WitnessGroup) (string, error) {
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return "", err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(1, step).
		WithCheckpointInterval(step).WithWitnesses(group, &tessera.WitnessOptions{Timeout: 2 * time.Second})
	appender, stop, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return "", err
	}
	published := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, step)
	for number := range steps {
		entry := tessera.NewEntry(fmt.Appendf(nil, "%s %d", folder, number))
		if _, _, err := published.Await(ctx, appender.Add(ctx, entry)); err != nil {
			return "", err
		}
	}
	if err := stop(ctx); err != nil {
		return "", err
	}
	checkpoint, err := reader.ReadCheckpoint(ctx)
	return strings.ReplaceAll(string(checkpoint), "\n", "|"), err
}

func head(ctx context.Context, fetcher fsck.Fetcher, verifier note.Verifier) (string, error) {
	checkpoint, _, _, err := client.FetchCheckpoint(ctx, fetcher.ReadCheckpoint, verifier, verifier.Name())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %x", checkpoint.Size, checkpoint.Hash), nil
}

func leaves(bundle []byte) ([][]byte, error) {
	var read api.EntryBundle
	if err := read.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(read.Entries))
	for _, entry := range read.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}
