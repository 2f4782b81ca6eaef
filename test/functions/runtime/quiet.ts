/** Import this first in tests of whole handlers: they log and count to the process's own streams, which would drown the tests' report. */
Object.assign(process.env, {
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_METRICS_NAMESPACE: 'podid',
});
