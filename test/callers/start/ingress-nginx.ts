/**
 * The nginx.conf that ingress-nginx makes of the annotations and ConfigMaps of deploy/ingress-nginx, reduced to what
 * matters for authorization, for a plain nginx: without its Lua balancer, with addresses instead of names.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { startChild } from '../../support/child.ts'
import { root, temporaryFolder } from '../../support/folder.ts'
import { freePort } from '../../support/ports.ts'
import type { Neighbours, StartProxy } from '../caller.ts'
import { type Example, untilListening } from './example.ts'
import { nginxIn } from './nginx.ts'

type Texts = Readonly<Record<string, string>>

/** `more`: annotations in addition to those of the example. */
export const startIngressNginx =
  (more: Texts = {}, changed: Pick<Example, 'edit' | 'ready'> = {}): StartProxy =>
  async (t, neighbours) => {
    const folder = temporaryFolder(t)
    chmodSync(folder, 0o711)
    const port = await freePort()
    const text = nginxConf({ ...neighbours, port }, more)
    writeFileSync(join(folder, 'nginx.conf'), changed.edit?.(text, folder) ?? text)
    const child = startChild(t, { command: nginxIn(folder), logFile: join(folder, 'proxy.log') })
    await untilListening(child, port, changed.ready)
    return { ...child, port }
  }

interface Manifest {
  readonly metadata: { readonly name: string; readonly annotations?: Texts }
  readonly data?: Texts
}

function manifest(file: string, name: string): Manifest {
  const text = readFileSync(join(root, 'deploy/ingress-nginx', file), 'utf8')
  const found = parseAllDocuments(text)
    .map(document => document.toJS() as Manifest)
    .find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw new Error(`${file} has no ${name}`)
  return found
}

const prefix = 'nginx.ingress.kubernetes.io/'

interface Ports extends Neighbours {
  readonly port: number
}

function nginxConf(ports: Ports, more: Texts): string {
  const config = manifest('controller.yaml', 'ingress-nginx-controller').data ?? {}
  const headers = manifest('controller.yaml', 'oarlock-headers').data ?? {}
  const given = manifest('ingress.yaml', 'app').metadata.annotations ?? {}
  const annotation = (name: string): string => more[name] ?? given[`${prefix}${name}`] ?? ''
  const onOff = (name: string): string => (config[name] === 'true' ? 'on' : 'off')
  return `
daemon off; worker_processes 1; pid nginx.pid; error_log stderr warn; events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  underscores_in_headers ${onOff('enable-underscores-in-headers')};
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream upstream_balancer { server 127.0.0.1:${ports.upstream}; keepalive 320; }
  ${config['http-snippet']}
  server {
    listen 127.0.0.1:${ports.port};
    ${config['server-snippet']}
    location = /_external-auth-Lw-Prefix {
      internal;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Proto "";
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header Host ${new URL(annotation('auth-url')).host};
      proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Sent-From "nginx-ingress-controller";
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Auth-Request-Redirect $request_uri;
      proxy_buffering off;
      proxy_buffer_size 4k;
      proxy_buffers 4 4k;
      proxy_request_buffering on;
      proxy_pass_request_headers on;
      client_max_body_size ${annotation('proxy-body-size')};
      proxy_http_version 1.1;
      set $target ${addressed(annotation('auth-url'), ports)};
      proxy_pass $target;
    }
    ${signIn(annotation)}
    location / {
      auth_request /_external-auth-Lw-Prefix;
      auth_request_set $auth_cookie $upstream_http_set_cookie;
      add_header Set-Cookie $auth_cookie;
      ${annotation('auth-response-headers').split(',').map(responseHeader).join('\n      ')}
      ${annotation('auth-signin') === '' ? '' : 'error_page 401 = @signin;'}
      client_max_body_size ${annotation('proxy-body-size')};
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Scheme $scheme;
      proxy_set_header X-Scheme $scheme;
      proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
      proxy_set_header Proxy "";
      ${Object.entries(headers).map(requestHeader).join('\n      ')}
      proxy_connect_timeout 5s;
      proxy_send_timeout 60s;
      proxy_read_timeout 60s;
      proxy_buffering off;
      proxy_request_buffering on;
      proxy_http_version 1.1;
      proxy_next_upstream error timeout;
      proxy_pass http://upstream_balancer;
      proxy_redirect off;
    }
  }
}
`
}

/** ingress-nginx has a module that escapes the URL; here the URL stays unescaped. */
function signIn(annotation: (name: string) => string): string {
  const page = annotation('auth-signin')
  const parameter = annotation('auth-signin-redirect-param') || 'rd'
  const target = `${page}?${parameter}=$scheme://$http_host$request_uri`
  return page === ''
    ? ''
    : `location @signin { internal; add_header Set-Cookie $auth_cookie; return 302 ${target}; }`
}

/** No name can be resolved in the test. */
const addressed = (url: string, { oarlock }: Ports): string =>
  url.replace(/^http:\/\/[^/]+/, `http://127.0.0.1:${oarlock}`)

const responseHeader = (name: string, i: number): string =>
  `auth_request_set $authHeader${i} $upstream_http_${name.toLowerCase().replaceAll('-', '_')};
      proxy_set_header '${name}' $authHeader${i};`

const requestHeader = ([name, value]: readonly [string, string]): string =>
  `proxy_set_header ${name} "${value}";`
