<!-- The markup of Word, made plain: one namespace of the two (transitional and strict), no wrappers, one of several forms of a thing. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <!-- One template that asks for the name: a condition in a match would be tried for every sibling again. -->
  <xsl:template match="*">
    <xsl:variable name="name" select="concat(' ', local-name(), ' ')"/>
    <xsl:choose>
      <!-- What only stands around text: its content counts. -->
      <xsl:when test="contains(' sdt sdtContent customXml smartTag ins moveTo hyperlink fldSimple dir bdo ruby rubyBase oMath oMathPara ', $name)">
        <xsl:apply-templates/>
      </xsl:when>
      <!-- What is no text: readings above characters, field codes, comments. -->
      <xsl:when test="contains(' rt rubyPr sdtPr sdtEndPr tblGrid instrText delInstrText fldData commentReference annotationRef sectPr ', $name)"/>
      <!-- Of the forms that Word stores for older programs, the first that has text. -->
      <xsl:when test="$name = ' AlternateContent '">
        <xsl:variable name="full" select="*[descendant::*[local-name() = 't' or local-name() = 'tbl']]"/>
        <xsl:apply-templates select="$full[1]/node() | self::*[not($full)]/*[1]/node()"/>
      </xsl:when>
      <xsl:otherwise>
        <xsl:element name="{local-name()}">
          <xsl:for-each select="@*"><xsl:attribute name="{local-name()}"><xsl:value-of select="."/></xsl:attribute></xsl:for-each>
          <xsl:apply-templates/>
        </xsl:element>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
