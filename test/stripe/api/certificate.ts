import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
	key: string;
	cert: string;
}

/** The name in the certificate, beside 127.0.0.1. Nobody can look it up: only a proxy reaches it. */
export const CERTIFIED_HOST = 'stripe.invalid';

/** A certificate that nobody vouches for, made by `openssl`; undefined, and said aloud, where there is no `openssl`. */
export function selfSigned(): Certificate | undefined {
	const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
	const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
	try {
		execFileSync(
			'openssl',
			[
				'req',
				'-x509',
				'-nodes',
				'-days',
				'1',
				'-subj',
				'/CN=nobody',
				'-newkey',
				'ec',
				'-pkeyopt',
				'ec_paramgen_curve:prime256v1',
				'-addext',
				`subjectAltName=IP:127.0.0.1,DNS:${CERTIFIED_HOST}`,
				'-keyout',
				key,
				'-out',
				cert,
			],
			{ stdio: 'ignore' },
		);
		return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
	} catch {
		console.warn('SKIPPED: there is no openssl here, so nothing that needs a certificate is tested');
		return undefined;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
