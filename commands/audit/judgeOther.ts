import type { ExportedNode } from './exportedWorkflow';
import { isOfType } from './exportedWorkflow';
import type { Verdict } from './finding';
import { HTTP_REQUEST } from './httpRequest';
import { STRIPE_NODE } from './stripeNode';

const CODE_NODES = /\.(?:code|function|functionItem|toolCode|executeCommand|ssh|pythonFunction)(?:Tool)?$/;
const OWN_PACKAGE = /^(?:n8n-nodes-stripe-idempotent|CUSTOM)\.(?:stripeIdempotent|idempotencyRegistry)/;
const API_KEY = /\b[sr]k_(?:live|test)_(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}/;

/** The library, or the address. */
const CALLS_STRIPE =
	/api\.stripe\.com|(?:require\(\s*|from\s+)\\?["']stripe\\?["']|\bimport stripe\b|new Stripe\(/;
const WRITES = /\bPOST\b|\.(?:create|pay|send|capture|confirm)\(|-d\s|--data|-X\b/i;
/** Stripe's own command. */
const STRIPE_COMMAND = /"command":"=?(?:[^"]*[;&|]\s*)?stripe\s+(?:post|\w+\s+create)\b/;

/** What sends in another way than by a request that can be read. */
export function judgeOther(node: ExportedNode): Verdict | undefined {
	if (OWN_PACKAGE.test(node.type) || node.type.endsWith('Trigger')) return undefined;
	const written = JSON.stringify(node.parameters);
	if (CODE_NODES.test(node.type)) return judgeCode(written);
	if (/\.mcpClient(?:Tool)?$/.test(node.type)) return judgeMcp(written);
	const isKnown = [STRIPE_NODE, HTTP_REQUEST].some((type) => isOfType(node, type));
	return !isKnown && /\.(?:\w*stripe\w*)$/i.test(node.type) ? judgeUnknownNode(node.type) : undefined;
}

function judgeCode(code: string): Verdict | undefined {
	const isWrite = STRIPE_COMMAND.test(code) || (CALLS_STRIPE.test(code) && WRITES.test(code));
	if (!isWrite) return undefined;
	const hasKey = /idempotency[-_]?key/i.test(code);
	return {
		kind: 'code',
		severity: hasKey ? 'note' : 'high',
		message: hasKey
			? 'Its code calls Stripe with an idempotency key. Whether that key is the same in the next run, only a person can tell.'
			: 'Its code calls Stripe without an idempotency key. If it runs again, the same request is executed again.',
		nextStep: 'Let the code prepare the item only, and send it with Stripe Idempotent.',
	};
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
