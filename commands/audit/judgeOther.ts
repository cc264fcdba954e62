import { explainUnstable } from '../../nodes/shared/key/unstableValues';
import type { ExportedNode } from './exportedWorkflow';
import { isOfType } from './exportedWorkflow';
import type { Verdict } from './finding';
import { HTTP_REQUEST } from './httpRequest';
import type { Tree } from './jsonTree';
import { listLeaves } from './jsonTree';
import { explainInCode } from './keyQuality';
import { STRIPE_NODE } from './stripeNode';

const CODE_NODES = /\.(?:code|function|functionItem|toolCode|executeCommand|ssh|pythonFunction)(?:Tool)?$/;
const OWN_PACKAGE = /^(?:n8n-nodes-stripe-idempotent|CUSTOM)\.(?:stripeIdempotent|idempotencyRegistry)/;
const API_KEY = /\b[sr]k_(?:live|test)_(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}/;

/** The library, or the address. */
const CALLS_STRIPE =
	/api\.stripe\.com|(?:require\(\s*|import\(\s*|from\s+)["'`]stripe["'`]|\bimport stripe\b|\bfrom stripe import\b|new Stripe\(/i;
/** By what name the library and others write. What cannot happen twice to one object is none of them. */
const WRITES =
	/\bPOST\b|\.(?:create(?:BalanceTransaction|CashBalanceTransaction|Reversal|Source|UsageRecord)?|addLines|sendInvoice|incrementAuthorization)\(/i;
const CURL_WRITES = /\bcurl\b[^]*?(?<![\w-])(?:-d|-F|--data\S*|--form\S*|--json)\b/;
const CURL_READS = /(?<![\w-])(?:-G|--get|-X\s*GET|--request[\s=]GET)\b/;
/** Stripe's own command. */
const STRIPE_COMMAND = /(?:^|[;&|]\s*)stripe\s+(?:post|\w+\s+create)\b/m;
const KEY_IN_CODE = /idempotency[-_]?key["'`\]]*\s*[:=,]\s*([^,;}\n]*)/i;

/** What sends in another way than by a request that can be read. */
export function judgeOther(node: ExportedNode): Verdict | undefined {
	if (OWN_PACKAGE.test(node.type) || node.type.endsWith('Trigger')) return undefined;
	const written = listTexts(node.parameters).join('\n');
	if (CODE_NODES.test(node.type)) return judgeCode(written);
	if (/\.mcpClient(?:Tool)?$/.test(node.type)) return judgeMcp(written);
	const isKnown = [STRIPE_NODE, HTTP_REQUEST].some((type) => isOfType(node, type));
	return !isKnown && /stripe/i.test(node.type) ? judgeUnknownNode(node.type) : undefined;
}

function listTexts(parameters: ExportedNode['parameters']): string[] {
	return listLeaves(parameters as Tree).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}

function judgeCode(code: string): Verdict | undefined {
	if (!sendsToStripe(code)) return undefined;
	const [hasKey, key = ''] = KEY_IN_CODE.exec(code) ?? [];
	const why = hasKey === undefined ? undefined : explainKeyInCode(key.trim(), code);
	return {
		kind: 'code',
		severity: hasKey === undefined || why !== undefined ? 'high' : 'note',
		message: describeCode(hasKey !== undefined, why),
		nextStep: 'Let the code prepare the item only, and send it with Stripe Idempotent.',
	};
}

function sendsToStripe(code: string): boolean {
	if (STRIPE_COMMAND.test(code)) return true;
	if (!CALLS_STRIPE.test(code)) return false;
	return WRITES.test(code) || (CURL_WRITES.test(code) && !CURL_READS.test(code));
}

/** A field may be called `uuid` and still be an order's own: what counts is what is made here. */
function explainKeyInCode(key: string, code: string): string | undefined {
	if (/^\w+$/.test(key)) return explainInCode(key, code);
	return explainUnstable(key.replace(/\.\w*(?:uuid|nanoid|random)\w*\b(?!\s*\()/gi, ''));
}

function describeCode(hasKey: boolean, why: string | undefined): string {
	if (!hasKey)
		return 'Its code calls Stripe without an idempotency key. If it runs again, the same request is executed again.';
	return why === undefined
		? 'Its code calls Stripe with an idempotency key. Whether that key is the same in the next run, only a person can tell.'
		: `Its code calls Stripe with an idempotency key that protects nothing: ${why}. In the next run, the same request is executed again.`;
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

function judgeUnknownNode(type: string): Verdict {
	return {
		kind: 'unknown_node',
		severity: 'note',
		message: `The node ${type} may write to Stripe. Whether it sends idempotency keys, the workflow does not tell.`,
		nextStep: 'Look it up in its documentation, or replace it with Stripe Idempotent.',
	};
}

/** The secret itself is not repeated. */
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
