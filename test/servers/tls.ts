import { readFileSync } from 'node:fs';

import { selfSigned } from '../stripe/api/certificate';
import type { Home } from './home';

/** An existing certificate, or `true` for a new self-signed one. */
export type TlsOption = { keyFile: string; certFile: string } | true;

export interface TlsFiles {
	keyFile: string;
	certFile: string;
	/** The certificate as PEM text; a client that uses it as `ca` trusts the server. */
	cert: string;
}

/** Copies the files into the home of a server, because Postgres rejects a key that others may read. */
export function tlsFiles(home: Home, option: TlsOption): TlsFiles {
	const { key, cert } =
		option === true
			? madeNow()
			: { key: readFileSync(option.keyFile, 'utf8'), cert: readFileSync(option.certFile, 'utf8') };
	return { keyFile: home.write('server.key', key), certFile: home.write('server.crt', cert), cert };
}

function madeNow() {
	const certificate = selfSigned();
	if (!certificate) throw new Error('A certificate needs openssl: apt-get install openssl');
	return certificate;
}
