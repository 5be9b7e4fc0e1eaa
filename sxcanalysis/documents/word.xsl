<!-- The markup of Word, made plain: one namespace of the two (transitional and strict), no wrappers, one of several forms of a thing. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="*">
    <xsl:element name="{local-name()}">
      <xsl:for-each select="@*"><xsl:attribute name="{local-name()}"><xsl:value-of select="."/></xsl:attribute></xsl:for-each>
      <xsl:apply-templates/>
    </xsl:element>
  </xsl:template>
  <!-- What only stands around text: its content counts. -->
  <xsl:template match="*[contains(' sdt sdtContent customXml smartTag ins moveTo hyperlink fldSimple dir bdo ruby rubyBase oMath oMathPara ', concat(' ', local-name(), ' '))]">
    <xsl:apply-templates/>
  </xsl:template>
  <!-- What is no text: readings above characters, field codes, comments. -->
  <xsl:template match="*[contains(' rt rubyPr sdtPr sdtEndPr tblGrid instrText delInstrText fldData commentReference annotationRef sectPr ', concat(' ', local-name(), ' '))]"/>
  <!-- Of the forms that Word stores for older programs, the first that has text. -->
  <xsl:template match="*[local-name() = 'AlternateContent']">
    <xsl:variable name="full" select="*[descendant::*[local-name() = 't' or local-name() = 'tbl']]"/>
    <xsl:apply-templates select="$full[1]/node() | self::*[not($full)]/*[1]/node()"/>
  </xsl:template>
</xsl:stylesheet>
