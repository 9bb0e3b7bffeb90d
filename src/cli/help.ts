/** The text of `--help`. */
export const HELP = `Touchmark: the desk where owners of MCP servers manage their registry entries.

Usage: touchmark [options]              starts the desk
       touchmark COMMAND [options]      manages people on its data, while it runs

  user add NAME                         a user; names are lower-case letters, digits and hyphens
  user list
  user disable NAME                     ends every key of a user or organization at once
  key create USER [--label TEXT] [--expires 30d]
                                        a key of a user or organization, shown this one time
  key list [USER]
  key revoke ID                         ends a key, and the service tokens made with it, at once
  org add NAME [--admin USER]           an organization
  org list
  org member ORG USER [--role admin|member] [--remove]
                                        adds a member, changes their role or takes them out

Commands take --data, --database and --json, which answers with one JSON document. They end with
status 0, 1 where what is asked for is refused, or 2 where it cannot be understood.

Each option is also an environment variable; the option wins.

  --port PORT          PORT                     port to listen on; 0 takes a free one (4000)
  --host ADDRESS       HOST                     address to listen on; one that others can reach
                                                needs --allow-host too (127.0.0.1)
  --allow-host NAME    TOUCHMARK_ALLOW_HOST     a host name, with its port unless it is the default one,
                                                under which people open Touchmark; may be repeated
                                                (the variable takes several with commas)
  --public-url URL     TOUCHMARK_PUBLIC_URL     the address that people and programs are given, as
                                                https://touchmark.example.com (unset: it follows
                                                from --host, or from the first --allow-host)
  --data FOLDER        TOUCHMARK_DATA           where the data is kept (.touchmark)
  --registry URL       TOUCHMARK_REGISTRY_URL   the registry to manage (unset: the embedded one);
                                                https://api.smithery.ai for Smithery
  --database URL       DATABASE_URL             a PostgreSQL URL (unset: SQLite in the data folder)
  --no-samples         TOUCHMARK_SAMPLES=off    do not fill an empty embedded registry with samples
  --name-hold TIME     TOUCHMARK_NAME_HOLD      how long the name of a deleted or transferred server is
                                                held for its former owner, as 12h or 30d (30d)
  --keep-logs TIME     TOUCHMARK_KEEP_LOGS      how long runtime logs are kept (30d)
  --allow-private-upstreams
                       TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS=on
                                                let releases lead to http and to addresses of this
                                                machine and its networks
  --secret TEXT        TOUCHMARK_SECRET         seals keys and secrets at rest, 32 characters or more
                                                (unset: a key file in the data folder)
  --help               this text
  --version            the version
`;
