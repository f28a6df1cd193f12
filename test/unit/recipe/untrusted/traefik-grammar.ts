/**
 * The labels of Traefik 2 and 3 by sort, below the name, as its reference lists them; and of these the ones an untrusted
 * commit may have, with values that they may have. Written from the reference, not from the code.
 */

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

export const OWN = 'st_example_org';

export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'http.routers': words(`entrypoints middlewares observability.accesslogs observability.metrics observability.tracing
    priority rule ruleSyntax service tls tls.certresolver tls.domains[0].main tls.domains[0].sans tls.options`),
  'http.services': words(`failover.service failover.fallback loadbalancer.healthcheck.followredirects
    loadbalancer.healthcheck.headers.X loadbalancer.healthcheck.hostname loadbalancer.healthcheck.interval
    loadbalancer.healthcheck.method loadbalancer.healthcheck.mode loadbalancer.healthcheck.path
    loadbalancer.healthcheck.port loadbalancer.healthcheck.scheme loadbalancer.healthcheck.status
    loadbalancer.healthcheck.timeout loadbalancer.passhostheader loadbalancer.responseforwarding.flushinterval
    loadbalancer.server.ipv6 loadbalancer.server.port loadbalancer.server.preservepath loadbalancer.server.scheme
    loadbalancer.server.url loadbalancer.server.weight loadbalancer.servers[0].url loadbalancer.serverstransport
    loadbalancer.sticky loadbalancer.sticky.cookie loadbalancer.sticky.cookie.domain
    loadbalancer.sticky.cookie.httponly loadbalancer.sticky.cookie.maxage loadbalancer.sticky.cookie.name
    loadbalancer.sticky.cookie.path loadbalancer.sticky.cookie.samesite loadbalancer.sticky.cookie.secure
    loadbalancer.strategy mirroring.service mirroring.mirrors[0].name weighted.services[0].name`),
  'http.middlewares': words(`addprefix.prefix basicauth basicauth.headerfield basicauth.realm basicauth.removeheader
    basicauth.users basicauth.usersfile buffering.maxrequestbodybytes buffering.maxresponsebodybytes
    buffering.memrequestbodybytes buffering.memresponsebodybytes buffering.retryexpression chain.middlewares
    circuitbreaker.expression circuitbreaker.checkperiod compress compress.encodings compress.excludedcontenttypes
    compress.minresponsebodybytes contenttype.autodetect digestauth.users digestauth.usersfile errors.query
    errors.service errors.status forwardauth.address forwardauth.authresponseheaders forwardauth.tls.ca
    forwardauth.tls.cert forwardauth.tls.insecureskipverify forwardauth.trustforwardheader grpcweb.alloworigins
    headers.accesscontrolalloworiginlist headers.customrequestheaders.X headers.customresponseheaders.X
    headers.framedeny headers.sslforcehost headers.sslhost headers.sslredirect headers.stsseconds
    inflightreq.amount inflightreq.sourcecriterion.ipstrategy.depth ipallowlist.sourcerange
    ipallowlist.ipstrategy.depth ipwhitelist.sourcerange passtlsclientcert.pem plugin.foo.bar ratelimit.average
    ratelimit.burst ratelimit.period ratelimit.redis.endpoints ratelimit.sourcecriterion.requesthost
    redirectregex.permanent redirectregex.regex redirectregex.replacement redirectscheme.permanent
    redirectscheme.port redirectscheme.scheme replacepath.path replacepathregex.regex replacepathregex.replacement
    retry.attempts retry.initialinterval stripprefix.forceslash stripprefix.prefixes stripprefixregex.regex`),
  'http.serverstransports': words('insecureskipverify rootcas servername spiffe.ids certificates[0].certfile'),
  'tcp.routers': words('entrypoints middlewares priority rule rulesyntax service tls tls.passthrough tls.certresolver'),
  'tcp.services': words('loadbalancer.server.port loadbalancer.server.address loadbalancer.terminationdelay'),
  'tcp.middlewares': words('inflightconn.amount ipallowlist.sourcerange ipwhitelist.sourcerange'),
  'udp.routers': words('entrypoints service'),
  'udp.services': words('loadbalancer.server.port'),
  'tls.stores': words('defaultcertificate.certfile defaultgeneratedcert.resolver defaultgeneratedcert.domain.main'),
  'tls.options': words('minversion sniStrict ciphersuites'),
};

export const ALLOWED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'http.routers': {
    entrypoints: ['web-secure', 'web, web-secure'],
    middlewares: [`${OWN}-a`, `${OWN}-a,${OWN}_b@docker`, OWN],
    priority: ['1', '100'],
    rule: ['Host(`st.example.org`)', 'Host(`a.st.example.org`) && PathPrefix(`/x`)'],
    service: [OWN, `${OWN}-web@swarm`],
    tls: ['true', ''],
    'tls.certresolver': ['production', ''],
    'tls.domains[0].main': ['st.example.org'],
    'tls.domains[0].sans': ['*.st.example.org,a.st.example.org'],
  },
  'http.services': {
    'loadbalancer.healthcheck.interval': ['10s'],
    'loadbalancer.healthcheck.path': ['/health'],
    'loadbalancer.healthcheck.timeout': ['3s'],
    'loadbalancer.passhostheader': ['true'],
    'loadbalancer.responseforwarding.flushinterval': ['100ms'],
    'loadbalancer.server.port': ['80', '65535'],
    'loadbalancer.server.scheme': ['http', 'https', 'h2c'],
    'loadbalancer.sticky': ['true'],
    'loadbalancer.sticky.cookie': ['true'],
    'loadbalancer.sticky.cookie.httponly': ['true'],
    'loadbalancer.sticky.cookie.name': ['lb'],
    'loadbalancer.sticky.cookie.samesite': ['lax'],
    'loadbalancer.sticky.cookie.secure': ['true'],
  },
  'http.middlewares': {
    'addprefix.prefix': ['/a'],
    'basicauth.headerfield': ['X-User'],
    'basicauth.realm': ['notes'],
    'basicauth.removeheader': ['true'],
    'basicauth.users': ['ada:$apr1$x$y', 'a:$2y$05$x,b:{SHA}x'],
    'chain.middlewares': [`${OWN}-a,${OWN}-b`],
    compress: ['true'],
    'errors.query': ['/{status}.html'],
    'errors.service': [OWN],
    'errors.status': ['500-599'],
    'headers.accesscontrolalloworiginlist': ['*'],
    'headers.customrequestheaders.X': ['y'],
    'headers.customresponseheaders.X': ['y', ''],
    'headers.framedeny': ['true'],
    'headers.sslforcehost': ['true'],
    'headers.sslhost': ['st.example.org'],
    'headers.sslredirect': ['true'],
    'headers.stsseconds': ['31536000'],
    'inflightreq.amount': ['10'],
    'ipallowlist.sourcerange': ['10.0.0.0/8'],
    'ipwhitelist.sourcerange': ['10.0.0.0/8'],
    'ratelimit.average': ['100'],
    'ratelimit.burst': ['50'],
    'ratelimit.period': ['1s'],
    'redirectregex.permanent': ['true'],
    'redirectregex.regex': ['^https://www.(.*)'],
    'redirectregex.replacement': ['https://${1}'],
    'redirectscheme.permanent': ['true'],
    'redirectscheme.port': ['443'],
    'redirectscheme.scheme': ['https'],
    'replacepath.path': ['/'],
    'replacepathregex.regex': ['^/a/(.*)'],
    'replacepathregex.replacement': ['/$1'],
    'stripprefix.forceslash': ['false'],
    'stripprefix.prefixes': ['/a,/b'],
    'stripprefixregex.regex': ['/a/[0-9]+'],
  },
};
