import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder for complete n8n installations. It is outside the checkout, which may be cloned again every day. */
export function cacheFolder(): string {
	const { N8N_TEST_CACHE, XDG_CACHE_HOME } = process.env;
	return N8N_TEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-stripe-idempotent');
}
