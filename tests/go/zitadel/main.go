// A provider of OpenID Connect for tests: zitadel's library and its example's login page and memory,
// with one client and a claim `roles` that is read anew for each token.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// memory is the example's, with a claim more.
type memory struct {
	*storage.Storage
	roles string // file: identifier of a user -> its roles
}

// SetUserinfoFromRequest adds the claim to an ID token.
func (m *memory) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	if err := m.Storage.SetUserinfoFromRequest(ctx, info, request, scopes); err != nil {
		return err
	}
	data, err := os.ReadFile(m.roles)
	if err != nil {
		return err
	}
	roles := map[string][]string{}
	if err := json.Unmarshal(data, &roles); err != nil {
		return err
	}
	info.AppendClaims("roles", roles[request.GetSubject()])
	return nil
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to answer on")
	users := flag.String("users", "", "file of users, as the example reads it")
	roles := flag.String("roles", "", "file of their roles")
	redirect := flag.String("redirect", "", "address that a signed-in browser is sent to")
	secret := flag.String("secret", "", "the client's secret")
	flag.Parse()

	known, err := storage.StoreFromFile(*users)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	issuer := fmt.Sprintf("http://%s", listener.Addr())
	storage.RegisterClients(storage.WebClient("relais-console", *secret, *redirect))
	router := exampleop.SetupServer(issuer, &memory{storage.NewStorage(known), *roles}, nil, false)
	fmt.Println(issuer)
	log.Fatal(http.Serve(listener, router))
}
