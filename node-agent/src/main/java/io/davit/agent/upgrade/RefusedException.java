package io.davit.agent.upgrade;

/** An order that is not followed; nothing has changed but for what was fetched. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String remedy;

    /**
     * @param code as in the protocol's UpgradeRefused
     */
    RefusedException(String code, String why, String remedy) {
        super(why);
        this.code = code;
        this.remedy = remedy;
    }

    String code() {
        return code;
    }

    String why() {
        return String.valueOf(getMessage());
    }

    String remedy() {
        return remedy;
    }
}
