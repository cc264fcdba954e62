import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

import type { IDataObject } from 'n8n-workflow';

/** Our part of the workflow's static data. The ledger in static data has its own. */
const TRIGGER_NAMESPACE = 'stripeIdempotentTrigger';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * An endpoint that the node has created. Anyone who can read the workflow can read its static data, so the signing secret is
 * encrypted with a key derived from the secret key in the credential, which they cannot read.
 */
export interface StoredEndpoint {
	id: string;
	connect: boolean;
	sealedSecret: string;
}

/** The static data that both kinds of n8n contexts provide. */
export interface StaticDataContext {
	getWorkflowStaticData(type: string): IDataObject;
	getNode(): { id: string };
}

/** By node ID, which survives renaming. n8n's own node data uses names. */
function locateStorage(context: StaticDataContext): { all: IDataObject; nodeId: string } {
	const all = context.getWorkflowStaticData('global');
	return { all, nodeId: context.getNode().id };
}

function readStored(all: IDataObject): Record<string, unknown> {
	const value = all[TRIGGER_NAMESPACE];
	return typeof value === 'object' && value !== null ? { ...(value as Record<string, unknown>) } : {};
}

export function readEndpoint(context: StaticDataContext): StoredEndpoint | undefined {
	const { all, nodeId } = locateStorage(context);
	const found = readStored(all)[nodeId] as Partial<StoredEndpoint> | undefined;
	const { id, connect, sealedSecret } = found ?? {};
	if (typeof id !== 'string' || typeof sealedSecret !== 'string') return undefined;
	return { id, connect: connect === true, sealedSecret };
}

/** n8n saves changes when the hook ends. */
export function storeEndpoint(context: StaticDataContext, endpoint: StoredEndpoint): void {
	const { all, nodeId } = locateStorage(context);
	all[TRIGGER_NAMESPACE] = { ...readStored(all), [nodeId]: { ...endpoint } };
}

export function removeEndpoint(context: StaticDataContext): void {
	const { all, nodeId } = locateStorage(context);
	const { [nodeId]: _forgotten, ...others } = readStored(all);
	all[TRIGGER_NAMESPACE] = others;
}

export function seal(secret: string, secretKey: string): string {
	const nonce = randomBytes(NONCE_BYTES);
	const cipher = createCipheriv(CIPHER, deriveKey(secretKey), nonce);
	const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** @returns undefined if it was encrypted with another key, because the credential has changed */
export function unseal(sealedSecret: string, secretKey: string): string | undefined {
	const bytes = Buffer.from(sealedSecret, 'base64url');
	const nonce = bytes.subarray(0, NONCE_BYTES);
	const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
	if (tag.length < TAG_BYTES) return undefined;
	try {
		const decipher = createDecipheriv(CIPHER, deriveKey(secretKey), nonce);
		decipher.setAuthTag(tag);
		const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
		return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
	} catch {
		return undefined;
	}
}

/** The secret key is long and random, so it needs no slow derivation (RFC 5869). */
function deriveKey(secretKey: string): Buffer {
	return Buffer.from(hkdfSync('sha256', secretKey, '', `${TRIGGER_NAMESPACE} signing secret`, 32));
}
