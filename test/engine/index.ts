/**
 * Runs workflows in n8n-core's own engine, without an n8n server: real outputs, Retry On Fail, error outputs,
 * hints, static data, cancellation, retries and AI tools. Works in Jest and in plain scripts.
 */
export type { AgentStyle } from './agent';
export { CODE, MERGE, NO_OP, START } from './builtins';
export { retryExecution } from './retryExecution';
export type { RunOptions, RunResult } from './run';
export { runWorkflow } from './run';
export type { ToolOptions } from './runAsTool';
export { runAsTool } from './runAsTool';
export type { NodeUnderTest } from './runNode';
export { runNode, workflowOf } from './runNode';
export type { WorkflowJson } from './workflowJson';
export { connectNodes as connect, SHORTEST_WAIT_BETWEEN_TRIES } from './workflowJson';
