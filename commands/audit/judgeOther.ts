import { explainUnstable } from '../../nodes/shared/key/unstableValues';
import { toInputText } from '../../nodes/shared/parameters/values';
import { readAddress } from './address';
import { readCodeCalls } from './codeCalls';
import { explainInCode } from './codeValues';
import type { ExportedNode } from './exportedWorkflow';
import { isOfType } from './exportedWorkflow';
import type { Verdict } from './finding';
import { HTTP_REQUEST } from './httpRequest';
import type { Tree } from './jsonTree';
import { listLeaves } from './jsonTree';
import { STRIPE_NODE } from './stripeNode';

const CODE_NODES =
	/\.(?:code|function|functionItem|toolCode|aiTransform|executeCommand|ssh|pythonFunction)(?:Tool)?$/;
const OWN_PACKAGE = /^(?:n8n-nodes-stripe-idempotent|CUSTOM)\.(?:stripeIdempotent|idempotencyRegistry)/;
const API_KEY = /\b[sr]k_(?:live|test)_(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}/;

const KEY_IN_CODE = /idempotency[-_]?key["'`\]]*\s*[:=,]\s*([^,;}\n]*)/i;

/** Judges nodes that send to Stripe in any other way than a readable request. */
export function judgeOther(node: ExportedNode): Verdict | undefined {
	if (OWN_PACKAGE.test(node.type) || node.type.endsWith('Trigger')) return undefined;
	const written = listTexts(node.parameters).join('\n');
	if (CODE_NODES.test(node.type)) return judgeCode(written);
	if (/\.mcpClient(?:Tool)?$/.test(node.type)) return judgeMcp(written);
	const isKnown = [STRIPE_NODE, HTTP_REQUEST].some((type) => isOfType(node, type));
	if (isKnown) return undefined;
	if (sendsToStripe(node)) return judgeSender(node.type);
	return /stripe/i.test(node.type) ? judgeUnknownNode(node.type) : undefined;
}

/** Looks for an address among the parameters, as a GraphQL node and many community nodes have it. */
function sendsToStripe({ parameters: p }: ExportedNode): boolean {
	if (/^(?:GET|HEAD|DELETE)$/i.test(toInputText(p.method ?? p.requestMethod))) return false;
	return listLeaves(p as Tree).some(
		({ path, value }) =>
			/ur[il]|endpoint|host|address|base/i.test(path.at(-1) ?? '') &&
			readAddress(value, new Map()).isStripe === true,
	);
}

function listTexts(parameters: ExportedNode['parameters']): string[] {
	return listLeaves(parameters as Tree).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}

function judgeCode(code: string): Verdict | undefined {
	const { isWriting, hasCallWithoutKey } = readCodeCalls(code);
	if (!isWriting) return undefined;
	const [hasKey, key = ''] = KEY_IN_CODE.exec(code) ?? [];
	const message =
		hasKey === undefined
			? NO_KEY_IN_CODE
			: (describeBadKey(key.trim(), code) ?? (hasCallWithoutKey ? NOT_EACH_HAS_A_KEY : undefined));
	return {
		kind: 'code',
		severity: message === undefined ? 'note' : 'high',
		message: message ?? KEY_IN_DOUBT,
		nextStep: 'Let the code prepare the item only, and send it with Stripe Idempotent.',
	};
}

const NO_KEY_IN_CODE =
	'Its code calls Stripe without an idempotency key. If it runs again, the same request is executed again.';
const NOT_EACH_HAS_A_KEY =
	'Its code calls Stripe several times, and not always with an idempotency key. If it runs again, a request without one is executed again.';
const KEY_IN_DOUBT =
	'Its code calls Stripe with an idempotency key. Only a person can tell whether that key stays the same in the next run.';

function describeBadKey(key: string, code: string): string | undefined {
	const why = explainKeyInCode(key, code);
	return (
		why &&
		`Its code calls Stripe with an idempotency key that protects nothing: ${why}. In the next run, the same request is executed again.`
	);
}

/** A field called `uuid` may belong to an order. Only a value that the code itself generates is a fault. */
function explainKeyInCode(key: string, code: string): string | undefined {
	if (/^\w+$/.test(key)) return explainInCode(key, code);
	return explainUnstable(key.replace(/\.\w*(?:uuid|nanoid|random)\w*\b(?!\s*\()/gi, ''));
}

function judgeMcp(written: string): Verdict | undefined {
	if (!written.includes('mcp.stripe.com')) return undefined;
	return {
		kind: 'mcp',
		severity: 'high',
		message:
			"Through Stripe's MCP server, an AI model can make the same payment as often as it calls a tool.",
		nextStep: 'Give the agent Stripe Idempotent as a tool instead, with a token for each payment.',
	};
}

function judgeSender(type: string): Verdict {
	return {
		kind: 'unknown_node',
		severity: 'medium',
		message: `The node ${type} sends to Stripe. The workflow does not show what it sends, or whether it sends an idempotency key. If it runs again, the same request may be executed again.`,
		nextStep: 'Send the request with Stripe Idempotent → Custom API Call instead.',
	};
}

function judgeUnknownNode(type: string): Verdict {
	return {
		kind: 'unknown_node',
		severity: 'note',
		message: `The node ${type} may write to Stripe. The workflow does not show whether it sends idempotency keys.`,
		nextStep: 'Look it up in its documentation, or replace it with Stripe Idempotent.',
	};
}

/** Never repeats the secret itself. */
export function judgeSecret(node: ExportedNode): Verdict | undefined {
	if (!API_KEY.test(JSON.stringify(node.parameters))) return undefined;
	return {
		kind: 'secret_in_workflow',
		severity: 'note',
		message:
			'A secret key of Stripe is written into this node, where everybody who sees the workflow can read it.',
		nextStep: 'Put it into a credential, and roll the key in the Stripe dashboard.',
	};
}
