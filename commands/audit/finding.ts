import type { ExportedNode } from './exportedWorkflow';

export type Severity =
	/** Money can move, or be billed, twice. */
	| 'high'
	/** Something can exist twice, payments may be missing, or the file does not show what is sent. */
	| 'medium'
	/** Worth knowing, but not a fault. */
	| 'note';

export type FindingKind =
	| 'stripe_node'
	| 'http_no_key'
	| 'http_volatile_key'
	| 'http_constant_key'
	| 'http_weak_key'
	| 'http_key_by_model'
	| 'http_key_for_24_hours'
	| 'code'
	| 'mcp'
	| 'unknown_node'
	| 'no_key'
	| 'volatile_key'
	| 'constant_key'
	| 'key_by_model'
	| 'weak_key'
	| 'static_data'
	| 'no_token'
	| 'secret_in_workflow';

/** One place where something can go wrong. */
export interface AuditFinding {
	kind: FindingKind;
	severity: Severity;
	/** The file, if it is known. */
	workflow: string;
	workflowId?: string;
	node: string;
	nodeType: string;
	/** A disabled node sends nothing. The finding describes what it does once it is enabled. */
	disabled: boolean;
	/** What can happen, and why. */
	message: string;
	/** What may send the request again. */
	repeats: string[];
	nextStep: string;
}

/** What a rule says about a node. The caller adds the place. */
export type Verdict = Pick<AuditFinding, 'kind' | 'severity' | 'message' | 'nextStep'>;

/** A disabled node cannot move money, so its findings are notes. */
export function toFinding(
	verdict: Verdict,
	node: ExportedNode,
	workflow: { id?: string; name?: string },
	repeats: string[],
): AuditFinding {
	const disabled = node.disabled === true;
	return {
		kind: verdict.kind,
		severity: disabled ? 'note' : verdict.severity,
		workflow: workflow.name ?? '(no name)',
		...(workflow.id === undefined ? {} : { workflowId: workflow.id }),
		node: node.name,
		nodeType: node.type,
		disabled,
		message: verdict.message,
		repeats: verdict.severity === 'note' ? [] : repeats,
		nextStep: verdict.nextStep,
	};
}
