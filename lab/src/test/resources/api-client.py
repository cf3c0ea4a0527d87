"""A user of the Kubernetes API who notices everything: api-client.py KUBECONFIG STOP-FILE

Three things at once, until STOP-FILE is there: every 100 ms a request on a new connection; every
250 ms a write to one ConfigMap; one watch on it, reopened where it ended. Prints one JSON object.
"""

import base64
import http.client
import json
import os
import re
import ssl
import sys
import tempfile
import threading
import time

PATH = '/api/v1/namespaces/default/configmaps'


def field(text, name):
    return re.search(r'^\s*%s: *"?([^"\s]+)"?' % name, text, re.M).group(1)


class Api:
    def __init__(self, kubeconfig):
        with open(kubeconfig) as file:
            text = file.read()
        self.host, self.port = re.match(r'https://(.+):(\d+)$', field(text, 'server')).groups()
        ca = base64.b64decode(field(text, 'certificate-authority-data')).decode()
        self.context = ssl.create_default_context(cadata=ca)
        with tempfile.NamedTemporaryFile() as pem:
            for name in ('client-certificate-data', 'client-key-data'):
                pem.write(base64.b64decode(field(text, name)))
            pem.flush()
            self.context.load_cert_chain(pem.name)

    def connect(self, timeout=5):
        return http.client.HTTPSConnection(self.host, int(self.port), timeout=timeout, context=self.context)

    def ask(self, method, path, body=None, kind='application/json'):
        connection = self.connect()
        try:
            connection.request(method, path, json.dumps(body) if body else None, {'Content-Type': kind})
            response = connection.getresponse()
            answer = response.read()
            if response.status >= 300:
                raise OSError('%s %s: %d %s' % (method, path, response.status, answer[:200]))
            return json.loads(answer)
        finally:
            connection.close()


def probe(api, stop, result):
    while not os.path.exists(stop):
        begun = time.time()
        try:
            api.ask('GET', '/api/v1/namespaces/default')
        except (OSError, http.client.HTTPException, ValueError) as problem:
            result['failures'].append('%.3f %s: %s' % (begun, type(problem).__name__, problem))
        result['requests'] += 1
        result['slowest_ms'] = max(result['slowest_ms'], int((time.time() - begun) * 1000))
        time.sleep(max(0, begun + 0.1 - time.time()))


def write(api, stop, result):
    value = 0
    while not os.path.exists(stop):
        value += 1
        body = {'data': {'value': str(value)}}
        until = time.time() + 60
        while time.time() < until:
            try:
                api.ask('PATCH', PATH + '/notices', body, 'application/merge-patch+json')
                result['written'] = value
                break
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)  # the same value again: a write that may have been done may be done again
        time.sleep(0.25)


def watch(api, stop, result, version):
    seen = set()
    while not os.path.exists(stop) or (result['written'] not in seen and time.time() < os.path.getmtime(stop) + 10):
        connection = api.connect(timeout=2)
        try:
            connection.request(
                'GET',
                PATH + '?watch=1&allowWatchBookmarks=true&fieldSelector=metadata.name%%3Dnotices&resourceVersion=%s' % version,
            )
            response = connection.getresponse()
            if response.status != 200:
                raise OSError('watch: %d' % response.status)
            result['watch_opened'] += 1
            while True:
                line = response.readline()
                if not line:
                    break
                event = json.loads(line)
                if event['type'] == 'ERROR':
                    result['watch_errors'].append(str(event['object'])[:200])
                    break
                version = event['object']['metadata']['resourceVersion']
                if event['type'] != 'BOOKMARK':
                    seen.add(int(event['object']['data']['value']))
        except TimeoutError:
            result['watch_quiet'] += 1  # writes come four times a second: this connection is dead
        except (OSError, http.client.HTTPException, ValueError):
            time.sleep(0.05)
        finally:
            connection.close()
    result['lost'] = sorted(set(range(1, result['written'] + 1)) - seen)


def main():
    api = Api(sys.argv[1])
    stop = sys.argv[2]
    made = api.ask('POST', PATH, {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'notices'}, 'data': {'value': '0'}})
    result = {
        'requests': 0,
        'failures': [],
        'slowest_ms': 0,
        'written': 0,
        'watch_opened': 0,
        'watch_quiet': 0,
        'watch_errors': [],
    }
    version = made['metadata']['resourceVersion']
    threads = [
        threading.Thread(target=probe, args=(api, stop, result)),
        threading.Thread(target=write, args=(api, stop, result)),
        threading.Thread(target=watch, args=(api, stop, result, version)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    api.ask('DELETE', PATH + '/notices')
    print(json.dumps(result))


main()
