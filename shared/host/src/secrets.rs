//! The secrets of a deployment, for the operator's commands, which run beside it and not in it.

use std::collections::HashMap;

use crate::{Misconfigured, parameters, sdk_config};

/// The secrets that stand in the Parameter Store below the path that `EARSHOT_PARAMETERS` gives, by the names of the
/// variables that they stand for; none where no path is given, and then nobody is asked. The credentials and the
/// region are those that the SDK finds. A variable that is set counts before a parameter of its name, as it does in
/// a Lambda; that is the caller's to see to.
///
/// # Errors
/// [`Misconfigured`] where the parameters cannot be read.
pub async fn secrets() -> Result<HashMap<String, String>, Misconfigured> {
    let path = std::env::var("EARSHOT_PARAMETERS").unwrap_or_default();
    if path.trim().is_empty() {
        return Ok(HashMap::new());
    }
    parameters::from_env(&sdk_config().await).await
}
